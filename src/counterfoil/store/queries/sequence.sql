-- Numbers, in blocks.

-- name: take_numbers
insert into counter as c (name, next) values ($1, 1 + $2::bigint)
on conflict (name) do update set next = c.next + $2::bigint
returning next
