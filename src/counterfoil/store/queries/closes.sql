-- The closing of a period, act by act.

-- name: keep_close_act
insert into close_act (period, number, act, at, by, content, digest)
values ($1, $2, $3, $4, $5, $6, $7)
on conflict do nothing
returning number

-- name: close_acts
select number, act, at, by, content, digest from close_act where period = $1 order by number

-- name: closed_periods
select distinct period from close_act order by period
