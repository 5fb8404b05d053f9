-- Rate budgets and slots that all workers share.

-- name: take_budget
-- The share that is left for others is no more than a full bucket has left after this call: a large
-- call would wait for ever otherwise.
insert into budget as b (account, bucket, level, at)
values ($1, $2, greatest($4::float8 - $3::float8, 0), $7)
on conflict (account, bucket) do update set
    level = least($4::float8, b.level + greatest(0, extract(epoch from $7 - b.at)) * $5::float8)
            - $3::float8,
    at = greatest(b.at, $7)
where least($4::float8, b.level + greatest(0, extract(epoch from $7 - b.at)) * $5::float8)
    - $3::float8 >= least($4::float8 * $6::float8, $4::float8 - $3::float8)
returning level

-- name: read_budget
select least($3::float8, level + greatest(0, extract(epoch from $5 - at)) * $4::float8) as level, at
from budget where account = $1 and bucket = $2

-- name: correct_budget
update budget set
    level = least($3::float8, $5::float8,
                  level + greatest(0, extract(epoch from $7 - at)) * $6::float8 + $4::float8),
    at = greatest(at, $7)
where account = $1 and bucket = $2

-- name: take_of_window
-- Of a window `at` is when it ends: from then on it is full, and the next call begins another.
insert into budget as b (account, bucket, level, at)
values ($1, $2, greatest($4::float8 - $3::float8, 0), $7)
on conflict (account, bucket) do update set
    level = case when b.at <= $6 then $4::float8 else least(b.level, $4::float8) end - $3::float8,
    at = case when b.at <= $6 then $7 else b.at end
where case when b.at <= $6 then $4::float8 else least(b.level, $4::float8) end - $3::float8
    >= least($4::float8 * $5::float8, $4::float8 - $3::float8)
returning level

-- name: read_window
select level, at from budget where account = $1 and bucket = $2

-- name: correct_window
-- A window that has ended is full before it is lowered. Where the vendor told ($8) when its own
-- ends, that is believed, be it sooner or later.
update budget set
    level = least($3::float8, case when at <= $6 then $5::float8
                                   else least($5::float8, level + $4::float8) end),
    at = case when $8::bool or at <= $6 then $7 else at end
where account = $1 and bucket = $2

-- name: close_budget
insert into budget as b (account, bucket, level, at)
values ($1, $2, 0, $3)
on conflict (account, bucket) do update set level = 0, at = greatest(b.at, $3)

-- name: open_slots
insert into slot (account, bucket, slot)
select $1, $2, generate_series(1, $3::smallint)
on conflict do nothing

-- name: claim_slot
-- The choice is a value, not a join: a join may choose anew for every row, and so claim them all.
update slot set holder = $4, until = $5
where account = $1 and bucket = $2 and slot = (
    select slot from slot
    where account = $1 and bucket = $2 and slot <= $3
        and (until is null or until <= $6 or (holder = $4 and slot <> all ($7::smallint[])))
    order by slot limit 1
    for update skip locked
)
returning slot

-- name: release_slot
update slot set holder = null, until = null
where account = $1 and bucket = $2 and slot = $3 and holder = $4
