-- Which documents name which, and what a document is called at a connection.

-- name: keep_links
insert into link (subject, connection, document, foreign_id)
select u.subject, $1, u.document, u.foreign_id
from unnest($2::bigint[], $3::text[], $4::text[]) as u (subject, document, foreign_id)
on conflict do nothing

-- name: names_at
-- What the documents that the connection $3 calls so are called at $4; none, one, or more names.
with asked as (
    select * from unnest($1::text[], $2::text[]) as u (document, foreign_id)
), known as materialized (
    select b.document, b.foreign_id, b.subject
    from binding b join asked a on a.foreign_id = b.foreign_id and a.document = b.document
    where b.foreign_id = any ($2::text[]) and b.connection = $3
), same as materialized (
    select * from same_documents(array (select subject from known))
)
select distinct k.document, k.foreign_id, k.subject, t.foreign_id as name
from known k
join same s on s.subject = k.subject
left join binding t on t.subject = any (array (select member from same))
    and t.subject = s.member and t.connection = $4 and t.document = k.document
order by k.document, k.foreign_id, t.foreign_id

-- name: links_to
with bound as materialized (
    select foreign_id, connection, document from binding
    where subject = any (array (select member from same_documents($1::bigint[])))
), named as materialized (
    select foreign_id, connection, document from bound
    union
    select a.name, a.connection, a.document from bound b
    join alias a on a.key = any (array (select foreign_id from bound))
        and a.key = b.foreign_id and a.connection = b.connection and a.document = b.document
)
select distinct l.subject from named n
join link l on l.foreign_id = any (array (select foreign_id from named))
    and l.foreign_id = n.foreign_id and l.connection = n.connection and l.document = n.document
order by l.subject
