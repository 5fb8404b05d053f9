-- By what each system knows a document of ours.

-- name: bind
insert into binding (connection, document, foreign_id, subject)
select $1, $2, u.foreign_id, u.subject
from unnest($3::text[], $4::bigint[]) as u (foreign_id, subject)
on conflict (foreign_id, connection, document) do nothing
returning foreign_id, subject

-- name: bound
select foreign_id, subject from binding
where connection = $1 and document = $2 and foreign_id = any ($3::text[])
order by foreign_id

-- name: bind_targets
insert into binding (connection, document, foreign_id, subject)
select $1, $2, u.identity, u.subject
from unnest($3::text[], $4::bigint[]) as u (identity, subject)
on conflict (foreign_id, connection, document) do nothing
