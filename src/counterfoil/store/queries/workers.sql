-- Worker processes, and the guards that acted in them.

-- name: sign_on
insert into worker (holder, role, started_at, seen_at) values ($1, $2, $3, $3)
on conflict (holder) do update set seen_at = excluded.seen_at

-- name: sign_off
delete from worker where holder = $1

-- name: workers
select holder, role, started_at, seen_at from worker order by started_at, holder

-- name: fire_guards
insert into guard as g (name, fired)
select u.name, u.fired from unnest($1::text[], $2::bigint[]) as u (name, fired)
on conflict (name) do update set fired = g.fired + excluded.fired

-- name: guards
select name, fired from guard order by name
