-- What waits for a person, and why.

-- name: open_holds
insert into hold (record, route, state, cause, said, advice, place, owner, minor, currency,
                  opened_at)
select u.record, $1, u.state, u.cause, u.said, u.advice, u.place, u.owner, u.minor, u.currency, $3
from unnest($4::bigint[], $5::smallint[], $6::text[], $7::text[], $8::text[], $9::text[],
            $10::bigint[], $11::text[], $2::text[])
    as u (record, state, cause, said, advice, place, minor, currency, owner)
on conflict (record, opened_at) do update set
    state = excluded.state, cause = excluded.cause, said = excluded.said,
    advice = excluded.advice, place = excluded.place, closed_at = null, closed_by = null,
    closing = null

-- name: tell_holds
update hold h set cause = u.cause, said = u.said, advice = u.advice
from unnest($1::bigint[], $2::text[], $3::text[], $4::text[]) as u (record, cause, said, advice)
where h.record = any ($1::bigint[]) and h.record = u.record and h.closed_at is null

-- name: restate_holds
-- What is said anew of a hold that stays: its age stays too. Not of a record that moved meanwhile.
update hold h set cause = u.cause, said = u.said, advice = u.advice, place = u.place
from unnest($1::bigint[], $2::smallint[], $3::text[], $4::text[], $5::text[], $6::text[])
    as u (record, seq, cause, said, advice, place)
join record r on r.id = u.record and r.seq = u.seq
where h.record = any ($1::bigint[]) and h.record = u.record and h.closed_at is null

-- name: close_holds
update hold set closed_at = $2, closed_by = $3, closing = $4
where record = any ($1::bigint[]) and closed_at is null

-- name: list_holds
select h.record, r.number, r.key, r.page, rt.name as route, h.state, h.cause, h.said, h.advice,
       h.place, h.owner, h.minor, h.currency, h.opened_at, h.closed_at,
       h.since as since
from hold h
join record r on r.id = h.record
join route rt on rt.id = h.route
where h.closed_at is null
    and ($1::text is null or rt.name = $1)
    and ($2::text is null or h.cause = $2)
order by h.minor desc, h.record
limit $3 offset $4

-- name: list_holds_after
select h.record, r.number, r.key, r.page, rt.name as route, h.state, h.cause, h.said, h.advice,
       h.place, h.owner, h.minor, h.currency, h.opened_at, h.closed_at,
       h.since as since
from hold h
join record r on r.id = h.record
join route rt on rt.id = h.route
where h.closed_at is null
    and ($1::text is null or rt.name = $1)
    and ($2::text is null or h.cause = $2)
    and h.minor <= $4 and (h.minor < $4 or h.record > $5)
order by h.minor desc, h.record
limit $3

-- name: count_holds
select count(*) as records, coalesce(sum(h.minor), 0)::bigint as minor, h.currency, h.cause, h.state
from hold h join route rt on rt.id = h.route
where h.closed_at is null
    and ($1::text is null or rt.name = $1) and ($2::text is null or h.cause = $2)
group by h.currency, h.cause, h.state
order by count(*) desc, h.cause, h.state, h.currency

-- name: hold_of
select h.record, r.number, r.key, r.page, rt.name as route, h.state, h.cause, h.said, h.advice,
       h.place, h.owner, h.minor, h.currency, h.opened_at, h.closed_at,
       h.since as since
from hold h
join record r on r.id = h.record
join route rt on rt.id = h.route
where h.record = $1
order by h.opened_at
