-- Whose database this is.

-- name: estate_exists
select to_regclass('estate') is not null as found

-- name: estate
select name from estate

-- name: claim_estate
insert into estate (name, since) values ($1, $2) on conflict (single) do nothing

-- name: rename_estate
update estate set name = $1, since = $2
