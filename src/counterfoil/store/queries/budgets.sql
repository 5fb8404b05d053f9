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
select least($3::float8, level + greatest(0, extract(epoch from $5 - at)) * $4::float8) as level
from budget where account = $1 and bucket = $2

-- name: correct_budget
update budget set
    level = least($3::float8, $5::float8,
                  level + greatest(0, extract(epoch from $7 - at)) * $6::float8 + $4::float8),
    at = greatest(at, $7)
where account = $1 and bucket = $2

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
