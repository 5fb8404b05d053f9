-- What did not come along, and what was not read back.

-- name: count_losses
-- What of the documents that stand on a route did not come along, by field: each document once for
-- each of its losses, however often it was sent.
with standing_now as (
    select r.id, r.page, r.currency, r.minor
    from thread t
    join route rt on rt.id = t.route
    join record r on r.id = coalesce(t.sent, t.newest)
    where rt.name = $1
), lost as (
    select distinct r.id, r.currency, r.minor as total, l ->> 'field' as field,
        l ->> 'code' as code, l ->> 'why' as why, coalesce((l ->> 'minor')::bigint, 0) as minor
    from standing_now r
    join line e on e.record = r.id and e.page = r.page and e.detail like '%"losses":%'
    cross join lateral jsonb_array_elements(e.detail::jsonb -> 'losses') l
    where e.page = any (array (select page from standing_now))
), counted as (
    select id, currency, total, field, code, sum(minor) as minor from lost group by 1, 2, 3, 4, 5
)
select field, code, currency, count(*) as documents, sum(minor)::bigint as minor,
    sum(total)::bigint as total
from counted group by field, code, currency
order by count(*) desc, field, code, currency

-- name: count_not_compared
-- What was sent and not read back, by field: of each document what its last read-back left out.
with standing_now as (
    select r.id, r.page
    from thread t
    join route rt on rt.id = t.route
    join record r on r.id = coalesce(t.sent, t.newest)
    where rt.name = $1
), last as (
    select distinct on (r.id) r.id, e.detail
    from standing_now r
    join line e on e.record = r.id and e.page = r.page and e.detail like '%"not_compared":%'
    where e.page = any (array (select page from standing_now))
    order by r.id, e.seq desc
)
select f as field, count(*) as documents
from last cross join lateral jsonb_array_elements_text(last.detail::jsonb -> 'not_compared') f
group by f
order by count(*) desc, f
