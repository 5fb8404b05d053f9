-- Tokens that rotate: one row for each sign-in.

-- name: read_token
select token, dies_at, refresh, seed, version from token where name = $1 and version > 0

-- name: swap_token
update token set version = version + 1, token = $3, dies_at = $4, refresh = $5, seed = $6
where name = $1 and version = $2
returning version

-- name: claim_token
insert into token as t (name, holder, until) values ($1, $2, $3)
on conflict (name) do update set holder = excluded.holder, until = excluded.until
where t.until is null or t.until <= $4
returning name

-- name: release_token
update token set holder = null, until = null where name = $1 and holder = $2
