-- Pushed messages, as they came.

-- name: store_deliveries
-- `first`: these bytes are new, and not only their topic. What another process stores at the same
-- moment is not seen; both are worked on then, and a record is still made once.
with stored as (
    insert into inbox (id, connection, topic, number, digest, body, at)
    select * from unnest(
        $1::bigint[], $2::smallint[], $3::text[], $4::text[], $5::bytea[], $6::bytea[],
        $7::timestamptz[])
    on conflict (connection, topic, digest) do nothing
    returning id, connection, topic, digest
)
select s.id, not exists (
    select from stored t
    where t.connection = s.connection and t.digest = s.digest and t.id < s.id
) and not exists (
    select from inbox i
    where i.connection = s.connection and i.topic = any ($8::text[]) and i.topic <> s.topic
        and i.digest = s.digest
) as first
from stored s

-- name: deliveries_known
select i.id, i.digest, i.number from inbox i
join unnest($1::smallint[], $2::text[], $3::bytea[]) as u (connection, topic, digest)
    on i.connection = u.connection and i.topic = u.topic and i.digest = u.digest
order by i.id

-- name: inbox_bodies
select id, topic, body, at from inbox where id = any ($1::bigint[]) order by id
