-- What a source listed of each window, against what is here.

-- name: compare_census
with listed as (
    select * from unnest($4::text[], $5::bigint[], $6::text[], $7::bigint[])
        as u (key, minor, currency, pieces)
), ours as (
    select key, minor, currency, pieces from standing
    where route = $1 and created >= $2 and created < $3
)
select coalesce(l.key, o.key) as key, l.key is null as phantom, o.key is null as missing
from listed l
full join ours o on o.key = l.key
where l.key is null or o.key is null
    or l.minor <> o.minor or l.currency <> o.currency or l.pieces <> o.pieces
order by 1

-- name: keep_census
insert into census (
    route, start, until, listed, counted, money, missing, phantom, asked_at, closed, counts,
    ended
) values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)
on conflict (route, start) do update set
    until = excluded.until, listed = excluded.listed, counted = excluded.counted,
    money = excluded.money, missing = excluded.missing, phantom = excluded.phantom,
    asked_at = excluded.asked_at, closed = excluded.closed, counts = excluded.counts,
    ended = excluded.ended

-- name: reopen_census
-- Opens the closed windows whose figures are others now than when they closed: of those in which
-- something was captured since $2, or of all.
with entered as (
    select distinct r.created from line e
    join record r on r.id = e.record
    where e.at >= $2 and e.seq = 1 and r.route = $1 and not r.nameless
), touched as (
    select c.start, c.until, c.ended from census c
    where c.route = $1 and c.closed and $2::timestamptz is null
    union
    select w.start, w.until, w.ended from entered n cross join lateral (
        select c.start, c.until, c.closed, c.ended from census c
        where c.route = $1 and c.start <= n.created
        order by c.start desc limit 1
    ) w
    where w.closed and n.created < w.until
), today as (
    select t.start, coalesce(sum(k.count), 0) as count,
        coalesce(
            jsonb_object_agg(k.currency, k.minor) filter (where k.currency <> '' or k.minor <> 0),
            '{}'
        ) || case when coalesce(sum(k.pieces), 0) <> 0
            then jsonb_build_object('pieces', sum(k.pieces)) else '{}' end as money
    from touched t left join lateral (
        select s.currency, count(*) as count, sum(s.minor)::bigint as minor,
            sum(s.pieces)::bigint as pieces
        from standing s
        where s.route = $1 and s.created >= t.start and s.created < t.until
            and s.key <> all (t.ended)
        group by s.currency
    ) k on true
    group by t.start
)
update census c set closed = false
from today
where c.route = $1 and c.start = today.start
    and (c.listed <> today.count or c.money <> today.money)
returning c.start

-- name: counted_from
select min(start) as start from census where route = $1

-- name: open_censuses
-- The windows that are open, and every one from $2 on.
select start, until, listed, counted, money, missing, phantom, asked_at, closed, counts, ended
from census where route = $1 and (start >= $2 or not closed) order by start

-- name: censuses
select start, until, listed, counted, money, missing, phantom, asked_at, closed, counts, ended
from census where route = $1 order by start
