-- Initial loads: one a route.

-- name: begin_load
insert into load (route, began, expected, money) values ($1, $2, $3, $4) on conflict do nothing

-- name: reach_load
update load set mark = coalesce($2, mark), listed = listed + $3, new = new + $4 where route = $1

-- name: end_load
-- What is found anew nobody has signed.
update load set ended = $2, unaccounted = $3, sampled = $4, different = $5, signed_at = null,
    signed_by = '', signed_why = ''
where route = $1

-- name: sign_load
update load set signed_at = $2, signed_by = $3, signed_why = $4
where route = $1 and ended is not null and signed_at is null
returning route

-- name: loads
select r.name as route, l.began, l.expected, l.money, l.mark, l.listed, l.new, l.ended,
    l.unaccounted, l.sampled, l.different, l.signed_by, l.signed_at, l.signed_why
from load l join route r on r.id = l.route
order by r.name

-- name: load_of
select r.name as route, l.began, l.expected, l.money, l.mark, l.listed, l.new, l.ended,
    l.unaccounted, l.sampled, l.different, l.signed_by, l.signed_at, l.signed_why
from load l join route r on r.id = l.route
where l.route = $1

-- name: load_sample
-- Documents that stand on a route, drawn by their own identity, with the digest of what stands.
select r.key, r.digest from thread t
join record r on r.id = t.newest
where t.route = $1 and not r.nameless
order by md5(r.key)
limit $2
