-- Levels that systems told, the pools that are reckoned from them, and what stands between.

-- name: put_levels
-- An older level never takes the place of a newer one.
insert into level as l (sku, connection, spot, place, on_hand, allocated, quarantined, incoming, available, as_of)
select u.sku, $1, u.spot, u.place, u.on_hand, u.allocated, u.quarantined, u.incoming, u.available, u.as_of
from unnest($2::text[], $3::text[], $4::text[], $5::numeric[], $6::numeric[], $7::numeric[], $8::numeric[],
            $9::numeric[], $10::timestamptz[])
     as u (sku, spot, place, on_hand, allocated, quarantined, incoming, available, as_of)
on conflict (sku, connection, spot) do update
set place = excluded.place, on_hand = excluded.on_hand, allocated = excluded.allocated,
    quarantined = excluded.quarantined, incoming = excluded.incoming, available = excluded.available,
    as_of = excluded.as_of
where l.as_of <= excluded.as_of

-- name: levels_at
select l.sku, l.connection, l.spot, l.place, l.on_hand, l.allocated, l.quarantined, l.incoming, l.available, l.as_of
from unnest($2::text[], $3::text[]) as u (sku, spot)
join level l on l.sku = u.sku and l.connection = $1 and l.spot = u.spot
where l.sku = any ($2::text[])
order by l.sku, l.spot

-- name: levels_of
select sku, connection, spot, place, on_hand, allocated, quarantined, incoming, available, as_of from level
where sku = any ($1::text[])
order by sku, connection, spot

-- name: skus_after
select distinct sku from level where sku > $1 order by sku limit $2

-- name: reckon_again
insert into reckoning (sku, told) select u.sku, $2 from unnest($1::text[]) as u (sku)

-- name: lock_pools
-- One reckons at a time: whoever reads levels that another is writing would keep an older pool.
lock table pool in share row exclusive mode

-- name: take_reckoning
delete from reckoning r
using (select sku from reckoning group by sku order by sku limit $1) as u
where r.sku = u.sku
returning r.sku, r.told as is_news

-- name: put_pools
insert into pool as p (sku, pool, pieces, based_on, changed_at, blocked)
select u.sku, u.pool, u.pieces, u.based_on, u.changed_at, u.blocked
from unnest($1::text[], $2::text[], $3::bigint[], $4::timestamptz[], $5::timestamptz[], $6::text[])
     as u (sku, pool, pieces, based_on, changed_at, blocked)
on conflict (sku, pool) do update
set pieces = excluded.pieces, based_on = excluded.based_on, changed_at = excluded.changed_at,
    blocked = excluded.blocked

-- name: last_change
select max(changed_at) as changed_at from pool

-- name: pools_after
-- In the order of their changes, beyond a place; none that is blocked.
select sku, pool, pieces, based_on, changed_at, blocked from pool
where pool = any ($1::text[]) and blocked = '' and (changed_at, sku, pool) > ($2, $3, $4)
order by changed_at, sku, pool
limit $5

-- name: pools_of
select sku, pool, pieces, based_on, changed_at, blocked from pool
where sku = any ($1::text[])
order by sku, pool

-- name: stranded
-- What stands at places that no pool has ($1: those that one has), and can be sold.
select sku, string_agg(coalesce(place, spot), ', ' order by coalesce(place, spot)) as places,
       sum(available) as available
from level
where available > 0 and (place is null or place <> all ($1::text[]))
group by sku
order by sku
limit $2

-- name: enter_pipe
-- What the target has already is in its levels, or soon will be.
insert into pipe as p (route, subject, sku, pieces, connection, target)
select $1, u.subject, u.sku, u.pieces, $5, $6
from unnest($2::bigint[], $3::text[], $4::bigint[]) as u (subject, sku, pieces)
where not exists (
    select from thread t where t.route = $1 and t.subject = u.subject and t.sent is not null
)
on conflict (route, subject, sku) do update set pieces = excluded.pieces where p.there_at is null

-- name: leave_pipe
-- Of documents that the target does not have.
delete from pipe where route = $1 and subject = any ($2::bigint[]) and there_at is null
returning sku

-- name: there_of_pipe
update pipe set there_at = $3
where route = $1 and subject = any ($2::bigint[]) and there_at is null

-- name: listed_of_pipe
-- The master's levels were listed to their end after it had these: the next listing that comes to
-- its end began after that, and has shown them.
update pipe set listed_at = $2 where target = $1 and there_at < $2 and listed_at is null

-- name: shown_of_pipe
-- What the master's levels show by now ($1: master, $2: when a listing of them last came to its end)
-- and no newer level of which is on its way here ($3: the route that brings them, $4: their word).
delete from pipe p
where p.target = $1 and p.there_at is not null
    and (
        p.listed_at < $2
        or exists (
            select from level l where l.sku = p.sku and l.connection = $1 and l.as_of > p.there_at
        )
    )
    and not exists (
        select from level l
        join binding b on b.foreign_id = l.sku || '@' || l.spot and b.connection = $1 and b.document = $4
        join thread t on t.route = $3 and t.subject = b.subject
        join record r on r.id = t.newest
        where l.sku = p.sku and l.connection = $1
            and r.state in ({CAPTURED}, {WAITING}, {MAPPED}, {SENDING}, {IN_DOUBT})
    )
returning p.sku

-- name: unsettled
-- What will change a pool by itself: SKUs to reckon, and what the target has and no levels show yet.
select (select count(*) from reckoning) + (select count(*) from pipe where there_at is not null) as left_over

-- name: pipe_of
select sku, connection, sum(pieces)::bigint as pieces from pipe
where sku = any ($1::text[])
group by sku, connection
order by sku, connection

-- name: keep_back
insert into buffer (sku, pool, pieces, until, why, by, at) values ($1, $2, $3, $4, $5, $6, $7)
on conflict (sku, pool) do update
set pieces = excluded.pieces, until = excluded.until, why = excluded.why, by = excluded.by, at = excluded.at

-- name: lapse_buffers
delete from buffer where until <= $1 returning sku

-- name: buffers_of
select sku, pool, pieces, until, why, by from buffer
where sku = any ($1::text[])
order by sku, pool

-- name: listed_at
-- When a listing of a route last came to its end.
select noted as at from cursor where route = $1 and task = 'listed'

-- name: keep_sales
insert into sale (sku, connection, pieces, at)
select u.sku, $1, u.pieces, $2 from unnest($3::text[], $4::bigint[]) as u (sku, pieces)

-- name: demand_of
-- What people buy of these SKUs at each connection, of which a week ago ($2 is now) counts half.
select h.sku, h.connection, sum(h.share) as purchases, sum(h.share * h.pieces) as bought
from (
    select x.sku, x.connection, x.pieces,
        power(0.5, extract(epoch from $2::timestamptz - x.at)::float8 / 604800) as share
    from sale x where x.sku = any ($1::text[])
) h
group by h.sku, h.connection
order by h.sku, h.connection

-- name: forget_sales
delete from sale where at < $1

-- name: stale_pools
-- Pools that changed after $7 and were not captured so on the route ($1, whose documents are known
-- at $2 as $3): what they were told last, what was sold of it at the target ($4) since, and what
-- people buy there, of which a week ago ($6 is now) counts half.
select p.sku, p.pool, p.pieces, p.based_on, p.changed_at, p.blocked, coalesce(s.pieces, 0) as last_pieces,
    coalesce((
        select sum(x.pieces) from sale x
        where x.sku = p.sku and x.connection = $4 and x.at > s.sent_at
    ), 0)::bigint as sold_since,
    w.purchases, w.bought
from pool p
left join binding b
    on b.foreign_id = p.sku || '@' || p.pool and b.connection = $2 and b.document = $3
left join thread t on t.route = $1 and t.subject = b.subject
left join record n on n.id = t.newest
left join record s on s.id = t.sent
left join lateral (
    select coalesce(sum(h.share), 0) as purchases, coalesce(sum(h.share * h.pieces), 0) as bought
    from (
        select x.pieces, power(0.5, extract(epoch from $6::timestamptz - x.at)::float8 / 604800) as share
        from sale x where x.sku = p.sku and x.connection = $4
    ) h
) w on true
where p.pool = any ($5::text[]) and p.blocked = '' and p.changed_at > $7
    and (n.version is null or n.version < p.changed_at)
order by p.changed_at, p.sku, p.pool
limit $8

-- name: told_pools
-- What each route was told of these documents ($3, known at $1 as $2): what the target has since
-- when, and how the newest version stands.
select b.foreign_id as key, rt.name as route, s.pieces, s.sent_at as told_at, n.version as newest, n.state,
    h.cause
from binding b
join thread t on t.subject = b.subject
join route rt on rt.id = t.route
join record n on n.id = t.newest
left join record s on s.id = t.sent
left join hold h on h.record = n.id and h.closed_at is null
where b.connection = $1 and b.document = $2 and b.foreign_id = any ($3::text[])
order by b.foreign_id, rt.name

-- name: captured_pools
-- How these pool levels ($4, known at $2 as $3) were captured last on a route ($1).
select b.foreign_id as key, n.pieces, n.version
from binding b
join thread t on t.route = $1 and t.subject = b.subject
join record n on n.id = t.newest
where b.connection = $2 and b.document = $3 and b.foreign_id = any ($4::text[])
order by b.foreign_id

-- name: pools_behind
-- Pools that a route ($1, whose documents are known at $2 as $3) was not told as they are, the
-- longest first: those that changed before $5.
select p.sku, p.pool, p.pieces, p.changed_at, p.blocked, s.pieces as last_pieces, s.sent_at as told_at, n.state, h.cause
from pool p
left join binding b
    on b.foreign_id = p.sku || '@' || p.pool and b.connection = $2 and b.document = $3
left join thread t on t.route = $1 and t.subject = b.subject
left join record n on n.id = t.newest
left join record s on s.id = t.sent
left join hold h on h.record = n.id and h.closed_at is null
where p.pool = any ($4::text[]) and p.changed_at < $5 and (s.version is null or s.version < p.changed_at)
order by p.changed_at, p.sku, p.pool
limit $6
