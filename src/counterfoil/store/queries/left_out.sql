-- What a rule of a route left out.

-- name: count_left_out
-- By which rule what stands left out was left out: the last word of the journal on it, which lies on
-- the record's own page.
with aside as (
    select r.id, r.page, r.currency, r.minor
    from thread t
    join record r on r.id = t.newest
    join route rt on rt.id = t.route
    where rt.name = $1 and r.state = {EXCLUDED}
), said as (
    select distinct on (a.id) a.currency, a.minor, coalesce(nullif(e.detail, '')::jsonb ->> 'rule', '') as rule
    from aside a
    join line e on e.record = a.id and e.page = a.page
    where e.page = any (array (select page from aside))
    order by a.id, e.seq desc
)
select rule, currency, count(*) as documents, coalesce(sum(minor), 0)::bigint as minor
from said
where $2::text is null or rule = $2
group by rule, currency
order by count(*) desc, rule, currency

-- name: list_left_out
with aside as (
    select r.id, r.number, r.key, r.minor, r.currency, r.created, r.page
    from thread t
    join record r on r.id = t.newest
    join route rt on rt.id = t.route
    where rt.name = $1 and r.state = {EXCLUDED}
), said as (
    select distinct on (a.id) a.*, e.posting, e.at, nullif(e.detail, '')::jsonb as told
    from aside a
    join line e on e.record = a.id and e.page = a.page
    where e.page = any (array (select page from aside))
    order by a.id, e.seq desc
)
select s.id, s.number, s.key, s.minor, s.currency, s.created, s.at, p.by,
       coalesce(s.told ->> 'rule', '') as rule, coalesce(s.told ->> 'why', '') as why
from said s
join posting p on p.id = s.posting and p.at = s.at
where $2::text is null or s.told ->> 'rule' = $2
order by s.created desc, s.id desc
limit $3 offset $4

-- name: left_out_of
-- Of these documents those that the house itself, and no person, left out of one of these routes,
-- and never gave to their target: with what the journal says of it, on the record's own page.
select t.subject, e.detail
from thread t
join record r on r.id = t.newest
join line e on e.record = r.id and e.page = r.page and e.seq = r.seq
join posting p on p.id = e.posting and p.at = e.at
where t.subject = any ($1::bigint[]) and t.route = any ($2::smallint[]) and r.state = {EXCLUDED}
    and t.sent is null and p.by = $3
    and e.page = any (array (
        select v.page from thread u join record v on v.id = u.newest
        where u.subject = any ($1::bigint[])
    ))
order by t.subject
