-- Records: one version of one document on one route.

-- name: page_records
-- `stuck`: the version in flight is another one, in doubt, and only a person ends it. The flight is
-- looked up where there is one; on a page of new documents there is none.
select r.id, r.subject, r.place, r.key, r.number, r.version, r.minor, r.currency, r.state, r.seq,
       r.attempts, r.looks, r.due, r.sent_at, r.intent, r.act, t.newest, t.flight, t.sent,
       t.identity, t.doubted_at, t.unanswered_at,
       case when t.flight <> r.id then exists (
           select from record f where f.id = t.flight and f.state = {IN_DOUBT} and f.due is null
       ) else false end as stuck
from (
    select * from record where id >= $1::bigint * 256 and id < ($1::bigint + 1) * 256
    union all
    select * from record where page = $1 and id <> page * 256 + place
) r
join thread t on t.route = r.route and t.subject = r.subject
where r.due <= $2
order by r.id

-- name: send_records
update record r
set state = $2, seq = $3, attempts = $4, looks = $5, due = $6, sent_at = $7, act = $8,
    intent = u.intent
from unnest($1::bigint[], $9::bytea[]) as u (id, intent)
-- A record's seq only rises: below the new one means that nobody moved it meanwhile.
where r.id = any ($1::bigint[]) and r.id = u.id and r.seq < $3
returning r.id

-- name: move_records
update record
set state = $2, seq = $3, attempts = $4, looks = $5, due = $6, sent_at = $7
where id = any ($1::bigint[]) and seq = $3 - 1
returning id

-- name: put_off
-- Only where nobody moved the record meanwhile: a due moment on a record at rest is never served.
update record r set due = $2, looks = r.looks + $3
from unnest($1::bigint[], $4::smallint[]) as u (id, seq)
where r.id = any ($1::bigint[]) and r.id = u.id and r.seq = u.seq

-- name: known_versions
select r.id, r.subject, r.version, r.digest, r.source, r.page, r.place from record r
where r.route = $1 and r.subject = any ($2::bigint[])
order by r.id

-- name: newest_versions
select r.id, r.subject, r.version, r.digest, r.source, r.page, r.place
from thread t join record r on r.id = t.newest
where t.route = $1 and t.subject = any ($2::bigint[])
order by r.id

-- name: overtaken
select r.id, r.seq, r.state, r.subject, r.version, r.page from record r
where r.route = $1 and r.subject = any ($2::bigint[])
    and r.state in ({CAPTURED}, {MAPPED}, {HELD}, {REFUSED}, {WAITING})
    -- What is half done is finished first.
    and not exists (select from step s where s.record = r.id and s.identity is not null)
order by r.id
for update

-- name: sent_bodies
select r.id, r.act, r.place, p.id as page, p.bodies from record r
join page p on p.id = r.page
where r.id = any ($1::bigint[])
order by r.id

-- name: held_records
select r.id, r.seq, r.state, r.subject, r.page, r.place, r.attempts, r.looks, r.sent_at, r.intent, r.route,
       r.number, r.key, r.nameless, r.minor, r.currency, h.cause, t.newest
from record r
join thread t on t.route = r.route and t.subject = r.subject
left join hold h on h.record = r.id and h.closed_at is null
where r.id = any ($1::bigint[])
order by r.id

-- name: confirmed_records
-- What a target holds as it was sent, by numbers from beyond $2.
select r.id from thread t
join record r on r.id = t.sent and r.route = t.route
where t.route = $1 and r.state = {CONFIRMED} and r.id > $2
order by r.id
limit $3

-- name: recheck_records
select r.id, r.seq, r.state, r.subject, r.page, r.place, r.attempts, r.sent_at, r.intent, r.act,
       r.route, r.number, r.minor, r.currency, h.cause,
       case when t.sent = r.id then t.identity end as identity
from record r
join thread t on t.route = r.route and t.subject = r.subject
left join hold h on h.record = r.id and h.closed_at is null
where r.id = any ($1::bigint[])
order by r.route, r.page, r.id

-- name: forget_attempts
-- Of what is still on its way on these routes: captured, mapped or in doubt.
with open as (
    select id from page where stage < 9 and route = any ($1::smallint[])
), theirs as (
    select r.id from open o join record r on r.id >= o.id * 256 and r.id < (o.id + 1) * 256
    union all
    select r.id from open o join record r on r.page = o.id and r.id <> r.page * 256 + r.place
)
update record r set attempts = 0
from theirs t
where r.id = t.id and r.state in ({CAPTURED}, {MAPPED}, {IN_DOUBT}) and r.due is not null
    and r.attempts > 0

-- name: first_entered
-- When the first document was created of those that were captured since $2.
select min(r.created) as first from line e
join record r on r.id = e.record
where e.at >= $2 and e.seq = 1 and r.route = $1 and not r.nameless
    and ($3::timestamptz is null or r.created >= $3)

-- name: first_created
select min(created) as first from record
where route = $1 and ($2::timestamptz is null or created >= $2)
