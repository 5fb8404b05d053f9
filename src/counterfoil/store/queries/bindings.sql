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

-- name: bound_now
-- The same, and in each row whether anybody was ever erased: one row at least.
select exists (select from erasure) as erased, b.foreign_id, b.subject
from (values (0)) as always (row)
left join binding b
    on b.connection = $1 and b.document = $2 and b.foreign_id = any ($3::text[])
order by b.foreign_id

-- name: bind_targets
insert into binding (connection, document, foreign_id, subject)
select $1, $2, u.identity, u.subject
from unnest($3::text[], $4::bigint[]) as u (identity, subject)
on conflict (foreign_id, connection, document) do nothing

-- name: keep_same
-- Whoever listed it at the target first has its name: only one that came from nowhere but there ($5:
-- the routes out of it) is the document that was sent. What was sent itself is another document.
insert into same_document (subject, known_as)
select distinct on (b.subject) b.subject, u.subject
from unnest($3::text[], $4::bigint[]) as u (identity, subject)
join binding b on b.foreign_id = u.identity and b.connection = $1 and b.document = $2
where b.foreign_id = any ($3::text[]) and b.subject <> u.subject and not exists (
    select from same_documents(array[b.subject]) m
    join thread t on t.subject = m.member
    where t.route <> all ($5::smallint[])
)
order by b.subject, u.subject
on conflict (subject) do nothing
