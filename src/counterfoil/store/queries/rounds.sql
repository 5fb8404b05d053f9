-- What stands here of a state, beside what its source says stands there, and the last whole count.

-- name: round_standing
-- Where the documents with these keys ($4, of a connection and a kind) stand on a route.
select b.foreign_id as key, r.id, r.page, s.state, r.minor, r.currency, r.pieces, r.version,
    r.state = {EXCLUDED} or r.act = 2 as ended
from unnest($4::text[]) as u (key)
join binding b on b.foreign_id = u.key and b.connection = $2 and b.document = $3
join thread t on t.subject = b.subject and t.route = $1
join record r on r.id = t.newest
join standing s on s.subject = t.subject and s.route = t.route
where b.foreign_id = any ($4::text[])
order by b.foreign_id

-- name: round_every
-- The same of every document of a route, by their numbers from beyond $2: a page of them first, or
-- the view would be made for all of the route at every page.
with page as materialized (
    select t.subject, t.newest from thread t
    join record r on r.id = t.newest
    where t.route = $1 and t.subject > $2 and not r.nameless
    order by t.subject limit $3
)
select p.subject, r.key, r.id, r.page, s.state, r.minor, r.currency, r.pieces, r.version,
    r.state = {EXCLUDED} or r.act = 2 as ended
from page p
join record r on r.id = p.newest
join standing s on s.subject = p.subject and s.route = $1
where s.subject = any (array(select subject from page))
order by p.subject

-- name: entered_since
-- Of these records (on the pages beside them) those that were captured at $3 or later.
select e.record from line e
join unnest($1::bigint[], $2::bigint[]) as u (record, page) on u.record = e.record and u.page = e.page
where e.page = any ($2::bigint[]) and e.seq = 1 and e.at >= $3
order by e.record

-- name: keep_round
insert into round (route, began, ended, counted, balance, closed) values ($1, $2, $3, $4, $5, $6)
on conflict (route) do update set
    began = excluded.began, ended = excluded.ended, counted = excluded.counted,
    balance = excluded.balance, closed = excluded.closed

-- name: last_round
select began, ended, counted, balance, closed from round where route = $1

-- name: born_since
select count(*) as documents from standing where route = $1 and created >= $2
