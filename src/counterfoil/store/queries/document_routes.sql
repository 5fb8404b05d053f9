-- Documents on a route: the newest version, the one in flight, what the target holds.

-- name: new_threads
-- Of documents that were bound in this very unit of work: nobody else can know them.
insert into thread (route, subject, newest)
select $1, u.subject, u.record
from unnest($2::bigint[], $3::bigint[]) as u (subject, record)

-- name: lead_threads
insert into thread as t (route, subject, newest)
select $1, u.subject, u.record
from unnest($2::bigint[], $3::bigint[]) as u (subject, record)
on conflict (route, subject) do update set newest = excluded.newest

-- name: lock_threads
select t.subject, t.newest, r.version, r.id from thread t
join record r on r.id = t.newest
where t.route = $1 and t.subject = any ($2::bigint[])
order by t.subject
for update of t

-- name: take_threads
-- Only where the target still holds what it held when the record was prepared ($2 and $3, of those
-- of which it held something): what has landed meanwhile makes of a first sending a second one.
-- By way of the records, which are found by their own numbers: a list beside the threads is
-- compared with each of them, where the plan was made while the table was empty.
update thread t set flight = r.id
from record r
where r.id = any ($1::bigint[]) and t.route = r.route and t.subject = r.subject
    and (t.flight is null or t.flight = r.id)
    and coalesce(t.sent, 0) = coalesce(($3::bigint[])[array_position($2::bigint[], r.id)], 0)
returning r.id, t.doubted_at

-- name: free_threads
update thread set flight = null
where route = $1 and subject = any ($2::bigint[]) and flight = any ($3::bigint[])

-- name: sent_threads
update thread t
set sent = r.id, identity = u.identity,
    flight = case when r.due is null then null else t.flight end
from unnest($1::bigint[], $2::text[]) as u (id, identity)
join record r on r.id = u.id
where r.id = any ($1::bigint[]) and t.route = r.route and t.subject = r.subject

-- name: versions_sent
select route, subject, sent from thread
where route = any ($1::smallint[]) and subject = any ($2::bigint[]) and sent is not null
order by route, subject

-- name: doubt_threads
update thread set doubted_at = $3 where route = $1 and subject = any ($2::bigint[])

-- name: doubt_begins
update thread t set unanswered_at = u.at
from unnest($2::bigint[], $3::timestamptz[]) as u (subject, at)
where t.route = $1 and t.subject = any ($2::bigint[]) and t.subject = u.subject
    and t.unanswered_at is null

-- name: doubt_ends
update thread set unanswered_at = null
where route = $1 and subject = any ($2::bigint[]) and unanswered_at is not null
