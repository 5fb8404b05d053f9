-- Timed tasks of a route (the table is called cursor): who is at it, when it is due, how far it came.

-- name: open_cursor
insert into cursor (route, task, mark, due) values ($1, $2, $3, $4)
on conflict (route, task) do nothing

-- name: take_cursor
update cursor c set holder = $3, lease_until = $4
from route r
where r.id = $1 and r.switch <> 'off' and c.route = r.id and c.task = $2
    and (c.lease_until is null or c.lease_until <= $5) and (c.due is null or c.due <= $5)
    and ($2 <> 'listing' or not unsigned_load(r.id))
returning c.mark

-- name: take_cursors
-- Of the feeds ($2, beside the routes $1) those of which one route is due and none is in anybody's
-- hands: the cursors of all their routes that are not off.
with asked as (
    select * from unnest($1::smallint[], $2::smallint[]) as u (route, feed)
), standing as (
    select a.route, a.feed, c.due, c.lease_until is null or c.lease_until <= $6 as free
    from asked a
    join route r on r.id = a.route
    join cursor c on c.route = a.route and c.task = $3
    where r.switch <> 'off' and ($3 <> 'listing' or not unsigned_load(a.route))
), due as (
    select feed from standing group by feed
    having bool_and(free) and bool_or(due is null or due <= $6)
), locked as (
    select c.route from cursor c
    join standing s on s.route = c.route
    join due d on d.feed = s.feed
    where c.task = $3 and (c.lease_until is null or c.lease_until <= $6)
    order by c.route
    for update of c
)
update cursor c set holder = $4, lease_until = $5
from locked l
where c.route = l.route and c.task = $3
returning c.route, c.mark

-- name: renew_cursor
update cursor set lease_until = $4 where route = $1 and task = $2 and holder = $3

-- name: leave_cursor
update cursor set mark = coalesce($4, mark), due = $5, holder = null, lease_until = null
where route = $1 and task = $2 and holder = $3

-- name: hurry_cursor
update cursor set due = $3 where route = $1 and task = $2

-- name: cursors
select rt.name as route, c.task, c.mark, c.due, c.noted
from cursor c join route rt on rt.id = c.route
order by rt.name, c.task

-- name: note_listed
-- When a listing last came to its end: the mark of 'listing' says how far it saw.
insert into cursor as c (route, task, noted, due) values ($1, 'listed', $2, $2)
on conflict (route, task) do update
set noted = greatest(c.noted, excluded.noted), due = excluded.due

-- name: note_recount
insert into cursor as c (route, task, noted, due) values ($1, 'recount', $2, $2)
on conflict (route, task) do update
set noted = greatest(c.noted, excluded.noted), due = excluded.due

-- name: counted_through
select max(noted) as through from cursor where route = $1 and task = 'census'

-- name: note_counted
update cursor set noted = $2 where route = $1 and task = 'census'

-- name: uncounted
-- The moment of the last restore, where the source of this route has not been counted since.
select max(x.at) as at from restored x
where x.at > coalesce(
    (select c.noted from cursor c where c.route = $1 and c.task = 'recount'), '-infinity')
