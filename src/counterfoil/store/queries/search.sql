-- Documents by what a person knows of them.

-- name: find_subjects
-- Each way by its own index: asked in one condition, every record is read.
select distinct f.subject, f.route
from (
    select r.subject, r.route from record r where r.number = any ($1::text[])
    union all
    select r.subject, r.route from record r where r.id = $2
    union all
    select r.subject, r.route from binding b
    join record r on r.subject = b.subject where b.foreign_id = $3
) f
order by f.subject, f.route
limit 20

-- name: subjects_of
select distinct r.subject, r.route from record r where r.id = any ($1::bigint[])
order by r.subject, r.route

-- name: routes_of_subjects
select t.subject, t.route from thread t where t.subject = any ($1::bigint[])
order by t.subject, t.route

-- name: versions_of
select r.id, r.key, r.number, r.page, r.place, r.version, r.minor, r.currency, r.created, r.state,
       r.subject, r.route, rt.name as route_name, t.newest, t.identity,
       cardinality(p.inbox) > 0 as pushed, p.inbox
from record r
join route rt on rt.id = r.route
join page p on p.id = r.page
join thread t on t.route = r.route and t.subject = r.subject
join unnest($1::bigint[], $2::smallint[]) as u (subject, route)
    on u.subject = r.subject and u.route = r.route
order by r.subject, r.route, r.version, r.id

-- name: find_records
-- Documents as they stand, by whichever of these is given: the beginning of a number, subjects,
-- a time of creation, states, amounts, a route. A seek goes page by page.
select r.id, r.key, r.number, r.minor, r.currency, r.created, r.page, r.place, rt.name as route,
       case when r.state = {MERGED} and s.state in ({DRIFTED}, {IN_DOUBT}, {HELD}) then s.state
            else r.state end as state
from thread t
join record r on r.route = t.route and r.subject = t.subject and r.id = t.newest
join route rt on rt.id = t.route
left join record s on s.id = t.sent
where ($1::text is null
        or (r.number >= $1 and r.number < $2) or (r.number >= $3 and r.number < $4))
    and ($5::bigint[] is null or t.subject = any ($5))
    and ($6::timestamptz is null or r.created >= $6)
    and ($7::timestamptz is null or r.created < $7)
    and ($8::smallint[] is null
        or case when r.state = {MERGED} and s.state in ({DRIFTED}, {IN_DOUBT}, {HELD}) then s.state
                else r.state end = any ($8))
    and ($9::bigint[] is null or r.minor = any ($9))
    and ($10::text is null or rt.name = $10)
order by case when $11::boolean then r.page end desc nulls last,
    case when $1 is not null then r.number end, r.created desc, r.id desc
