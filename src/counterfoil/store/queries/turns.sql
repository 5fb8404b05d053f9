-- Turns: what is in flight one at a time beside the versions of one document.

-- name: turns_of
-- A turn is taken while the record that took it last is its document's one in flight.
select t.turn, t.times, r.subject as subject,
    h.flight is not null as busy,
    h.flight is not null and r.state = {IN_DOUBT} and r.due is null as stuck
from turn t
join record r on r.id = t.flight
left join thread h on h.route = r.route and h.subject = r.subject and h.flight = r.id
where t.route = $1 and t.turn = any ($2::text[])
order by t.turn

-- name: take_turns
-- Only where nobody took it since it was seen to be free: what was found out since then holds still.
insert into turn as t (route, turn, flight, times)
select $1, u.turn, u.record, u.times + 1
from unnest($2::text[], $3::bigint[], $4::bigint[]) as u (turn, record, times)
order by u.turn
on conflict (route, turn) do update set flight = excluded.flight, times = excluded.times
where t.times = excluded.times - 1
returning t.flight
