-- What the watch reads: what moved last, what waits, and since when. Each statement is bounded by
-- what is open or recent, so that looking every few seconds costs the house nothing.

-- name: watched_runs
-- Every timed run of a route that is not off; `held_until` while somebody is at it. What waits for a
-- person's signature is not listed until it has it, and nothing is due before it may begin again.
select rt.name as route, c.task,
    case when c.due is not null then greatest(c.due, rt.switched_at,
        (select max(l.signed_at) from load l where l.route = rt.id)) end as due,
    c.lease_until as held_until
from cursor c join route rt on rt.id = c.route
where rt.switch <> 'off' and c.task in ('listing', 'census', 'pull')
    and (c.task <> 'listing' or not unsigned_load(rt.id))
order by rt.name, c.task

-- name: watched_roles
select role, max(seen_at) as seen_at from worker group by role order by role

-- name: watched_backlog
-- What is on its way on each route that is on, since its oldest page came.
select rt.name as route, r.currency, count(*) as records, sum(r.minor)::bigint as minor,
    min(p.created_at) as since
from page p
join record r on r.page = p.id
join route rt on rt.id = p.route
where p.stage < 9 and rt.switch = 'on' and r.state in ({CAPTURED}, {MAPPED}, {SENDING})
group by rt.name, r.currency
order by rt.name, r.currency

-- name: watched_unread
-- Pages that no worker has opened yet: their documents are not known.
select rt.name as route, count(*) as pages, min(p.created_at) as since
from page p join route rt on rt.id = p.route
where p.stage = 0 and rt.switch <> 'off'
group by rt.name
order by rt.name

-- name: watched_messages
-- The last message of each connection among those after a number; read on from there.
select cn.name as connection, max(i.at) as at, max(i.id) as number
from inbox i join connection cn on cn.id = i.connection
where i.id > $1
group by cn.name
order by cn.name

-- name: watched_untold
-- What a listing brought lately that no message had told, though it changed long enough before.
select rt.name as route, r.currency, count(*) as records, sum(r.minor)::bigint as minor,
    min(r.version) as since, max(r.version) as newest
from page p
join record r on r.page = p.id
join route rt on rt.id = p.route
where p.created_at >= $1 and cardinality(p.inbox) = 0 and rt.switch <> 'off'
    and r.version < p.created_at - make_interval(secs => $2)
group by rt.name, r.currency
order by rt.name, r.currency

-- name: watched_causes
select rt.name as route, h.cause, h.owner, h.currency, count(*) as records,
    sum(h.minor)::bigint as minor, min(h.opened_at) as since
from hold h join route rt on rt.id = h.route
where h.closed_at is null
group by rt.name, h.cause, h.owner, h.currency
order by rt.name, h.cause, h.currency

-- name: watched_hours
-- How many documents of each route were made in each whole hour of a span.
select rt.name as route, date_trunc('hour', r.created) as hour, count(distinct r.subject) as documents
from record r join route rt on rt.id = r.route
where r.created >= $1 and r.created < $2
group by rt.name, date_trunc('hour', r.created)
order by rt.name, hour
