-- How many documents stand where, and for how much.

-- name: standings
select s.state, s.currency, count(*) as documents, sum(s.minor)::bigint as minor,
    sum(s.pieces)::bigint as pieces
from standing s
where s.route = $1 and s.created >= $2 and s.created < $3
group by s.state, s.currency
order by s.state, s.currency

-- name: standings_counted
select s.state, s.currency, count(*) as documents, sum(s.minor)::bigint as minor,
    sum(s.pieces)::bigint as pieces
from standing s
join census c on c.route = s.route and s.created >= c.start and s.created < c.until
where s.route = $1 and s.key <> all (c.ended)
group by s.state, s.currency
order by s.state, s.currency

-- name: standings_uncounted
select s.state, s.currency, count(*) as documents, sum(s.minor)::bigint as minor,
    sum(s.pieces)::bigint as pieces
from standing s
where s.route = $1 and not exists (
    select from census c where c.route = s.route and s.created >= c.start and s.created < c.until
)
group by s.state, s.currency
order by s.state, s.currency

-- name: route_standings
select rt.name as route, r.state, r.currency, count(*) as documents, sum(r.minor)::bigint as minor
from thread t
join record r on r.id = t.newest
join route rt on rt.id = t.route
where r.state not in ({CONFIRMED}, {EXCLUDED}, {MERGED}, {SUPERSEDED})
group by rt.name, r.state, r.currency
order by rt.name, r.state, r.currency

-- name: progress
select state, count(*) as documents from standing
where route = $1
group by state order by state

-- name: standing_keys
select subject, key, state from standing
where route = $1 and subject > $2
order by subject limit $3

-- name: sample_records
select r.id, r.number from record r
where r.route = $1 and r.state = any ($2::smallint[])
order by r.seq desc, r.minor desc, r.id limit $3

-- name: deliveries_between
-- What was delivered after $1 and up to $2, by route and by how long it took from its arrival, as
-- the number of bounds ($3, in seconds) that it passed.
select rt.name as route, width_bucket(t.took_s, $3::float8[]) as bucket,
    sum(cardinality(n.records))::bigint as deliveries,
    sum(cardinality(n.records) * t.took_s)::float8 as took_s
from run n
join page p on p.id = n.page
join route rt on rt.id = p.route
cross join lateral (select extract(epoch from n.at - p.created_at)::float8 as took_s) t
where n.at > $1 and n.at <= $2 and {DELIVERED} = any (n.path)
group by rt.name, bucket
order by rt.name, bucket
