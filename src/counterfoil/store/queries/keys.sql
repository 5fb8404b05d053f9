-- The estate's data key, sealed.

-- name: data_key
select sealed from data_key

-- name: keep_data_key
insert into data_key (sealed, made_at, sealed_at) values ($1, $2, $2) on conflict (single) do nothing

-- name: replace_data_key
insert into data_key (sealed, made_at, sealed_at) values ($1, $2, $2)
on conflict (single) do update set sealed = excluded.sealed, sealed_at = excluded.sealed_at

-- name: forget_data_key
delete from data_key

-- name: forget_tokens
update token set version = version + 1, token = '', refresh = '', seed = ''
