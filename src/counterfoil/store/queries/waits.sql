-- Which records wait until another document is known at a target, and what wakes them.

-- name: lock_names
select pg_advisory_xact_lock($1::integer, $2::integer)

-- name: share_names
select pg_advisory_xact_lock_shared($1::integer, $2::integer)

-- name: keep_waits
insert into wait (record, connection, document, foreign_id, target, until)
select * from unnest(
    $1::bigint[], $2::smallint[], $3::text[], $4::text[], $5::smallint[], $6::timestamptz[])
on conflict (record, document, foreign_id) do nothing

-- name: waits_until
select record, min(until) as until from wait where record = any ($1::bigint[])
group by record order by record

-- name: waits_for
-- What waits for one of these documents, by any of its names; `named`: it has one at the target.
with same as materialized (
    select * from same_documents($2::bigint[])
), bound as materialized (
    select b.foreign_id, b.connection, s.subject
    from same s
    join binding b on b.subject = any (array (select member from same))
        and b.subject = s.member and b.document = $1
), known as materialized (
    select foreign_id, connection, subject from bound
    union
    select a.name, a.connection, b.subject from bound b
    join alias a on a.key = any (array (select foreign_id from bound))
        and a.key = b.foreign_id and a.connection = b.connection and a.document = $1
)
select w.record, w.document, w.foreign_id, exists (
    select from same s
    join binding t on t.subject = any (array (select member from same))
        and t.subject = s.member and t.connection = w.target and t.document = $1
    where s.subject = k.subject
) as named
from known k
join wait w on w.foreign_id = any (array (select foreign_id from known))
    and w.foreign_id = k.foreign_id and w.connection = k.connection and w.document = $1
order by w.record, w.foreign_id

-- name: wake_records
-- Locked one after the other, so that two who wake the same records do not wait for each other.
with waiting as (
    select id from record where id = any ($1::bigint[]) and state = {WAITING} order by id for update
)
update record r set due = $2 from waiting w where r.id = any ($1::bigint[]) and r.id = w.id
returning r.page

-- name: wake_waiting
with theirs as (
    select id from page where id = any ($1::bigint[]) order by id for update
)
update page p set stage = 1, due = least(p.due, $2), woken = $2
from theirs t where p.id = any ($1::bigint[]) and p.id = t.id
returning p.id, p.priority

-- name: end_waits_for
delete from wait w
using unnest($1::bigint[], $2::text[], $3::text[]) as u (record, document, foreign_id)
where w.record = any ($1::bigint[]) and w.record = u.record and w.document = u.document
    and w.foreign_id = u.foreign_id

-- name: end_waits
delete from wait where record = any ($1::bigint[])

-- name: waits_of
select record, connection, document, foreign_id, target, until from wait
where record = any ($1::bigint[]) order by record, document, foreign_id

-- name: count_waits
-- Of what was created in a time, or ever. When the first of them began to wait is looked up for it
-- alone: its entries are read from the journal.
with waiting as (
    select r.route, w.document, count(*) as records, min(w.until) as until,
        (array_agg(r.id order by w.until, r.id))[1] as first
    from (select record, document, min(until) as until from wait group by record, document) w
    join record r on r.id = w.record
    where ($1::timestamptz is null or r.created >= $1)
        and ($2::timestamptz is null or r.created < $2)
    group by r.route, w.document
)
select rt.name as route, w.document, w.records, (
    select max(e.at) from record r join line e on e.page = r.page and e.record = r.id
    where r.id = w.first and e.path[cardinality(e.path)] = {WAITING}
) as since, w.until
from waiting w
join route rt on rt.id = w.route
order by rt.name, w.document
