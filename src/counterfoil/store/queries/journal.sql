-- The journal: postings are chained to their page, and never changed.

-- name: chain_page
with chained as (
    update page set chain = $3 where id = $1 and fence = $2 returning id
)
insert into posting (id, page, at, prior, digest, by, release)
select $4, id, $5, $6, $3, $7, $8 from chained
returning id
