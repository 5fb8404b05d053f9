-- The journal, read again.

-- name: entries_of
select e.record, e.seq, e.at, e.before, e.path, e.detail, p.by, p.digest, p.release
from line e
join posting p on p.id = e.posting and p.at = e.at
where e.record = any ($1::bigint[]) and e.page = any (array (
    select v.page from record r join record v on v.route = r.route and v.subject = r.subject
    where r.id = any ($1::bigint[])
))
order by e.record, e.seq

-- name: pages_of
select distinct p.page from line e
join posting p on p.id = e.posting and p.at = e.at
where e.record = any ($1::bigint[]) and e.page = any (array (
    select v.page from record r join record v on v.route = r.route and v.subject = r.subject
    where r.id = any ($1::bigint[])
))
order by p.page

-- name: last_seen
select max(at) as at from posting

-- name: journal_by_page
select p.page, p.id, p.at, p.prior, p.digest, coalesce(x.digest, p.digest) as covers, g.chain, n.seq, n.before, n.path, n.records, n.details
from posting p
join page g on g.id = p.page
left join erased_posting x on x.posting = p.id
left join (
    select page, posting, at, place, seq, before, path, records, details from run
    union all
    select null, posting, at, 0, seq, before, path, array[record], array[detail] from entry
) n on n.posting = p.id and n.at = p.at and coalesce(n.page, p.page) = p.page
order by p.page, p.id, n.place, n.records

-- name: recount
-- In one pass over the journal: how many records there are, and which do not stand where their last
-- entry left them, lack one of their entries, or are none at all.
with told as (
    select record, count(*) as entries, max(seq * 256 + path[cardinality(path)]) as last
    from line group by record
), compared as (
    select coalesce(r.id, t.record) as record, r.id is not null as known,
        coalesce(t.entries = r.seq and t.last = r.seq * 256 + r.state, false) as fits
    from record r full join told t on t.record = r.id
)
select count(*) filter (where known) as records,
    coalesce(array_agg(record order by record) filter (where not fits), '{}') as misplaced
from compared
