-- Every statement of the house. Rules, so that a seed repeats and two workers agree:
-- the moment is a parameter, every read that drives behaviour is ordered by something unique,
-- many rows travel as arrays, and nothing here calls now() or random().
-- A list of keys stands beside the join that it feeds (`id = any ($1) and id = u.id`): so the
-- index is used also while a new database has no statistics yet (tests/flows/test_plans.py).

-- name: schema_exists
select to_regclass('schema_version') is not null as found

-- name: create_schema_version
create table if not exists schema_version (
    version integer primary key,
    name text not null,
    applied_at timestamptz not null
)

-- name: schema_version
select coalesce(max(version), 0) as version from schema_version

-- name: record_migration
insert into schema_version (version, name, applied_at) values ($1, $2, $3)

-- name: estate_exists
select to_regclass('estate') is not null as found

-- name: estate
select name from estate

-- name: claim_estate
insert into estate (name, since) values ($1, $2) on conflict (single) do nothing

-- name: rename_estate
update estate set name = $1, since = $2

-- name: take_numbers
insert into counter as c (name, next) values ($1, 1 + $2::bigint)
on conflict (name) do update set next = c.next + $2::bigint
returning next

-- name: name_connection
insert into connection (id, name)
select coalesce(max(id), 0) + 1, $1 from connection
on conflict (name) do nothing

-- name: connections
select id, name from connection order by id

-- name: name_route
-- A copy may be older than the route: where a database was put back, none begins by writing.
insert into route (id, name, switch, switched_at, switched_by, why)
select coalesce(max(id), 0) + 1, $1,
    case when $2 = 'on' and exists (select from restored) then 'shadow' else $2 end,
    $3, 'configuration', 'first start'
from route
on conflict (name) do nothing

-- name: routes
select id, name, switch, switched_at, switched_by, why from route order by id

-- name: switch_route
update route set switch = $2, switched_at = $3, switched_by = $4, why = $5
where name = $1 returning id

-- name: store_deliveries
-- `first`: these bytes are new, and not only their topic. What another process stores at the same
-- moment is not seen; both are worked on then, and a record is still made once.
with stored as (
    insert into inbox (id, connection, topic, number, digest, body, at)
    select * from unnest(
        $1::bigint[], $2::smallint[], $3::text[], $4::text[], $5::bytea[], $6::bytea[],
        $7::timestamptz[])
    on conflict (connection, topic, digest) do nothing
    returning id, connection, topic, digest
)
select s.id, not exists (
    select from stored t
    where t.connection = s.connection and t.digest = s.digest and t.id < s.id
) and not exists (
    select from inbox i
    where i.connection = s.connection and i.topic = any ($8::text[]) and i.topic <> s.topic
        and i.digest = s.digest
) as first
from stored s

-- name: deliveries_known
select i.id, i.digest, i.number from inbox i
join unnest($1::smallint[], $2::text[], $3::bytea[]) as u (connection, topic, digest)
    on i.connection = u.connection and i.topic = u.topic and i.digest = u.digest
order by i.id

-- name: inbox_bodies
select id, topic, body, at from inbox where id = any ($1::bigint[]) order by id

-- name: create_page
insert into page (id, route, stage, priority, inbox, bodies, fence, due, chain, created_at,
                  sources)
values ($1, $2, $3, $4, $5, $6, 0, $7, $8, $9, $10)

-- name: create_pages
insert into page (id, route, stage, priority, inbox, bodies, fence, due, chain, created_at)
select id, route, 0, priority, string_to_array(members, ',')::bigint[], '', 0, $5, '', $5
from unnest($1::bigint[], $2::smallint[], $3::smallint[], $4::text[])
    as u (id, route, priority, members)

-- name: take_page
update page p
set fence = p.fence + 1, holder = $2, lease_until = $3
from route r
where p.id = $1 and p.stage < 9 and r.id = p.route and r.switch <> 'off'
    and (p.lease_until is null or p.lease_until <= $4) and p.due <= $4
returning p.id, p.route, p.stage, p.priority, p.inbox, p.bodies, p.fence, p.chain, r.switch,
    (select max(x.at) from restored x) as restored,
    array(select b.connection from breaker b order by b.connection) as away,
    array(select b.until from breaker b order by b.connection) as away_until,
    array(select i.body from inbox i where p.stage = 0 and i.id = any (p.inbox) order by i.id)
        as messages,
    array(select i.at from inbox i where p.stage = 0 and i.id = any (p.inbox) order by i.id)
        as moments

-- name: open_breaker
insert into breaker (connection, since, until, said) values ($1, $2, $3, $4)
on conflict (connection) do nothing

-- name: claim_probe
-- Who comes first after the wait asks; the others wait on.
update breaker set until = $3 where connection = $1 and until <= $2
returning probes

-- name: miss_probe
update breaker set until = $2, probes = probes + 1, said = $3 where connection = $1

-- name: close_breaker
delete from breaker where connection = $1

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
where r.id = t.id and r.state in (1, 2, 7) and r.due is not null and r.attempts > 0

-- name: breakers
select c.name as connection, b.since, b.until, b.probes, b.said
from breaker b join connection c on c.id = b.connection
order by c.name

-- name: page_bodies
select bodies from page where id = $1

-- name: renew_page
update page set lease_until = $3 where id = $1 and fence = $2 and holder = $4 returning id

-- name: captured_page
update page set stage = 1, bodies = $3, chain = $4, sources = $5
where id = $1 and fence = $2 returning id

-- name: chain_page
with chained as (
    update page set chain = $3 where id = $1 and fence = $2 returning id
)
insert into posting (id, page, at, prior, digest, by)
select $4, id, $5, $6, $3, $7 from chained
returning id

-- name: leave_page
update page p
set holder = null, lease_until = null, due = w.due,
    stage = case when w.due is null then 9 else p.stage end
from (
    select min(greatest(r.due, $3)) as due from (
        select due from record where id >= $1::bigint * 256 and id < ($1::bigint + 1) * 256
        union all
        select due from record where page = $1 and id <> page * 256 + place
    ) r where r.due is not null
) w
where p.id = $1 and p.fence = $2
returning p.due

-- name: abandon_page
update page set holder = null, lease_until = null, due = $3
where id = $1 and fence = $2

-- name: idle_pages
select p.id, p.priority from page p
join route r on r.id = p.route
where p.stage < 9 and r.switch <> 'off' and p.due <= $1
    and (p.lease_until is null or p.lease_until <= $1) and p.id > $2
order by p.id limit $3

-- name: pages_in_hand
select id, holder, fence from page
where stage < 9 and lease_until > $1
order by lease_until desc, id

-- name: open_pages
select count(*) as open, min(due) as due from page where stage < 9

-- name: wake_pages
update page set stage = 1, due = $2, priority = $3 where id = any ($1::bigint[]) returning id

-- name: seize_page
update page set fence = fence + 1, holder = null, lease_until = null
where id = $1 and (lease_until is null or lease_until <= $2)
returning id, route, stage, priority, inbox, bodies, fence, chain

-- name: bind
insert into binding (connection, document, foreign_id, subject)
select $1, $2, u.foreign_id, u.subject
from unnest($3::text[], $4::bigint[]) as u (foreign_id, subject)
on conflict (foreign_id, connection, document) do nothing
returning foreign_id, subject

-- name: bound
select foreign_id, subject from binding
where connection = $1 and document = $2 and foreign_id = any ($3::text[])
order by foreign_id

-- name: bind_targets
insert into binding (connection, document, foreign_id, subject)
select $1, $2, u.identity, u.subject
from unnest($3::text[], $4::bigint[]) as u (identity, subject)
on conflict (foreign_id, connection, document) do nothing

-- name: send_records
update record r
set state = $2, seq = $3, attempts = $4, looks = $5, due = $6, sent_at = $7, act = $8,
    intent = u.intent
from unnest($1::bigint[], $9::bytea[]) as u (id, intent)
-- A record's seq only rises: below the new one means that nobody moved it meanwhile.
where r.id = any ($1::bigint[]) and r.id = u.id and r.seq < $3
returning r.id

-- name: known_versions
select r.id, r.subject, r.version, r.digest, r.source, r.page, r.place from record r
where r.route = $1 and r.subject = any ($2::bigint[])
order by r.id

-- name: page_sources
-- What the source said of each record of a page, and when it said it: its own bytes, or the number
-- of the message in the inbox.
select id, sources, inbox, created_at from page where id = any ($1::bigint[]) order by id

-- name: sent_bodies
select r.id, r.act, r.place, p.id as page, p.bodies from record r
join page p on p.id = r.page
where r.id = any ($1::bigint[])
order by r.id

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

-- name: overtaken
select r.id, r.seq, r.state, r.subject, r.version, r.page from record r
where r.route = $1 and r.subject = any ($2::bigint[]) and r.state in (1, 2, 8, 9, 13)
order by r.id
for update

-- name: page_records
-- `stuck`: the version in flight is another one, in doubt, and only a person ends it. The flight is
-- looked up where there is one; on a page of new documents there is none.
select r.id, r.subject, r.place, r.key, r.number, r.version, r.minor, r.currency, r.state, r.seq,
       r.attempts, r.looks, r.due, r.sent_at, r.intent, r.act, t.newest, t.flight, t.sent,
       t.identity, t.doubted_at, t.unanswered_at,
       case when t.flight <> r.id then exists (
           select from record f where f.id = t.flight and f.state = 7 and f.due is null
       ) else false end as stuck
from (
    select * from record where id >= $1::bigint * 256 and id < ($1::bigint + 1) * 256
    union all
    select * from record where page = $1 and id <> page * 256 + place
) r
join thread t on t.route = r.route and t.subject = r.subject
where r.due <= $2
order by r.id

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


-- name: keep_evidence
insert into evidence (page, posting, at, body) values ($1, $2, $3, $4)

-- name: evidence_of
select posting, at, body from evidence where page = any ($1::bigint[]) order by at, posting

-- name: open_holds
insert into hold (record, route, state, cause, said, advice, place, owner, minor, currency,
                  opened_at)
select u.record, $1, u.state, u.cause, u.said, u.advice, u.place, $2, u.minor, u.currency, $3
from unnest($4::bigint[], $5::smallint[], $6::text[], $7::text[], $8::text[], $9::text[],
            $10::bigint[], $11::text[])
    as u (record, state, cause, said, advice, place, minor, currency)
on conflict (record, opened_at) do update set
    state = excluded.state, cause = excluded.cause, said = excluded.said,
    advice = excluded.advice, place = excluded.place, closed_at = null, closed_by = null,
    closing = null

-- name: tell_holds
update hold h set cause = u.cause, said = u.said, advice = u.advice
from unnest($1::bigint[], $2::text[], $3::text[], $4::text[]) as u (record, cause, said, advice)
where h.record = any ($1::bigint[]) and h.record = u.record and h.closed_at is null

-- name: close_holds
update hold set closed_at = $2, closed_by = $3, closing = $4
where record = any ($1::bigint[]) and closed_at is null

-- name: list_holds
select h.record, r.number, r.key, r.page, rt.name as route, h.state, h.cause, h.said, h.advice,
       h.place, h.owner, h.minor, h.currency, h.opened_at, w.since
from hold h
join record r on r.id = h.record
join route rt on rt.id = h.route
join lateral (
    -- Its age: what was sent again and is held again for the same cause has waited all the while.
    select min(e.opened_at) as since from hold e
    where e.record = h.record and e.cause = h.cause and not exists (
        select from hold o
        where o.record = h.record and o.cause <> h.cause
            and o.opened_at > e.opened_at and o.opened_at < h.opened_at
    )
) w on true
where h.closed_at is null
    and ($1::text is null or rt.name = $1)
    and ($2::text is null or h.cause = $2)
order by h.minor desc, h.record
limit $3 offset $4

-- name: count_holds
select count(*) as held, coalesce(sum(h.minor), 0)::bigint as minor, h.currency, h.cause, h.state
from hold h join route rt on rt.id = h.route
where h.closed_at is null
    and ($1::text is null or rt.name = $1) and ($2::text is null or h.cause = $2)
group by h.currency, h.cause, h.state
order by count(*) desc, h.cause, h.state, h.currency

-- name: held_records
select r.id, r.seq, r.state, r.subject, r.page, r.place, r.attempts, r.looks, r.sent_at, r.intent, r.route,
       r.number, r.key, r.nameless, r.minor, r.currency, h.cause, t.newest
from record r
join thread t on t.route = r.route and t.subject = r.subject
left join hold h on h.record = r.id and h.closed_at is null
where r.id = any ($1::bigint[])
order by r.id

-- name: entries_of
select e.record, e.seq, e.at, e.before, e.path, e.detail, p.by, p.digest
from line e
join posting p on p.id = e.posting and p.at = e.at
where e.record = any ($1::bigint[]) and e.page = any (array (
    select v.page from record r join record v on v.route = r.route and v.subject = r.subject
    where r.id = any ($1::bigint[])
))
order by e.record, e.seq

-- name: standings
select s.state, s.currency, count(*) as count, sum(s.minor)::bigint as minor
from standing s
where s.route = $1 and s.created >= $2 and s.created < $3
group by s.state, s.currency
order by s.state, s.currency


-- name: compare_census
with listed as (
    select * from unnest($4::text[], $5::bigint[], $6::text[]) as u (key, minor, currency)
), ours as (
    select key, minor, currency from standing
    where route = $1 and created >= $2 and created < $3
)
select coalesce(l.key, o.key) as key, l.key is null as phantom, o.key is null as missing
from listed l
full join ours o on o.key = l.key
where l.key is null or o.key is null
    or l.minor <> o.minor or l.currency <> o.currency
order by 1

-- name: keep_census
insert into census (route, start, until, listed, counted, money, missing, phantom, asked_at, closed)
values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
on conflict (route, start) do update set
    until = excluded.until, listed = excluded.listed, counted = excluded.counted,
    money = excluded.money, missing = excluded.missing, phantom = excluded.phantom,
    asked_at = excluded.asked_at, closed = excluded.closed

-- name: reopen_census
-- Opens the closed windows whose figures are others now than when they closed: of those in which
-- something was captured since $2, or of all.
with entered as (
    select distinct r.created from line e
    join record r on r.id = e.record
    where e.at >= $2 and e.seq = 1 and r.route = $1 and not r.nameless
), touched as (
    select c.start, c.until from census c where c.route = $1 and c.closed and $2::timestamptz is null
    union
    select w.start, w.until from entered n cross join lateral (
        select c.start, c.until, c.closed from census c
        where c.route = $1 and c.start <= n.created
        order by c.start desc limit 1
    ) w
    where w.closed and n.created < w.until
), today as (
    select t.start, coalesce(sum(k.count), 0) as count,
        coalesce(jsonb_object_agg(k.currency, k.minor) filter (where k.count > 0), '{}') as money
    from touched t left join lateral (
        select s.currency, count(*) as count, sum(s.minor)::bigint as minor from standing s
        where s.route = $1 and s.created >= t.start and s.created < t.until
        group by s.currency
    ) k on true
    group by t.start
)
update census c set closed = false
from today
where c.route = $1 and c.start = today.start
    and (c.listed <> today.count or c.money <> today.money)
returning c.start

-- name: censuses
select start, until, listed, counted, money, missing, phantom, asked_at, closed
from census where route = $1 order by start

-- name: first_created
select min(created) as first from record
where route = $1 and ($2::timestamptz is null or created >= $2)

-- name: recount
-- In one pass over the journal: how many records there are, and which do not stand where their last
-- entry left them, lack one of their entries, or are none at all.
with told as (
    select record, count(*) as entries, max(seq * 256 + path[cardinality(path)]) as last
    from line group by record
), compared as (
    select coalesce(r.id, t.record) as record, r.id is not null as known,
        coalesce(t.entries = r.seq and t.last = r.seq * 256 + r.state, false) as fits
    from record r full join told t on t.record = r.id
)
select count(*) filter (where known) as records,
    coalesce(array_agg(record order by record) filter (where not fits), '{}') as misplaced
from compared

-- name: open_cursor
insert into cursor (route, task, mark, due) values ($1, $2, $3, $4)
on conflict (route, task) do nothing

-- name: take_cursor
update cursor c set holder = $3, lease_until = $4
from route r
where r.id = $1 and r.switch <> 'off' and c.route = r.id and c.task = $2
    and (c.lease_until is null or c.lease_until <= $5) and (c.due is null or c.due <= $5)
returning c.mark, c.due

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
    where r.switch <> 'off'
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

-- name: cursors
select rt.name as route, c.task, c.mark, c.due from cursor c join route rt on rt.id = c.route
order by rt.name, c.task

-- name: hurry_cursor
update cursor set due = $3 where route = $1 and task = $2

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

-- name: sign_on
insert into worker (holder, role, started_at, seen_at) values ($1, $2, $3, $3)
on conflict (holder) do update set seen_at = excluded.seen_at

-- name: workers
select holder, role, started_at, seen_at from worker order by started_at, holder

-- name: fire_guards
insert into guard as g (name, fired)
select u.name, u.fired from unnest($1::text[], $2::bigint[]) as u (name, fired)
on conflict (name) do update set fired = g.fired + excluded.fired

-- name: guards
select name, fired from guard order by name

-- name: standing_keys
select subject, key, state from standing
where route = $1 and subject > $2
order by subject limit $3


-- name: progress
select state, count(*) as count from standing
where route = $1
group by state order by state


-- name: sample_records
select r.id, r.number from record r
where r.route = $1 and r.state = any ($2::smallint[])
order by r.seq desc, r.minor desc, r.id limit $3

-- name: find_subjects
select distinct r.subject, r.route from record r
where r.number = any ($1::text[]) or r.id = $2
    or r.subject in (select subject from binding where foreign_id = $3)
order by r.subject, r.route
limit 20

-- name: subjects_of
select distinct r.subject, r.route from record r where r.id = any ($1::bigint[])
order by r.subject, r.route

-- name: versions_of
select r.id, r.key, r.number, r.page, r.place, r.version, r.minor, r.currency, r.created, r.state,
       r.subject, r.route, rt.name as route_name, t.newest, t.identity,
       cardinality(p.inbox) > 0 as pushed, p.inbox
from record r
join route rt on rt.id = r.route
join page p on p.id = r.page
join thread t on t.route = r.route and t.subject = r.subject
join unnest($1::bigint[], $2::smallint[]) as u (subject, route)
    on u.subject = r.subject and u.route = r.route
order by r.subject, r.route, r.version, r.id

-- name: pages_of
select distinct p.page from line e
join posting p on p.id = e.posting and p.at = e.at
where e.record = any ($1::bigint[]) and e.page = any (array (
    select v.page from record r join record v on v.route = r.route and v.subject = r.subject
    where r.id = any ($1::bigint[])
))
order by p.page

-- name: last_seen
select max(at) as at from posting

-- name: wake_shadowed
with woken as (
    update record r set due = $2
    from route rt
    where rt.name = $1 and r.route = rt.id and r.state = 2 and r.due is null
    returning r.page
)
update page set stage = 1, due = $2 where id in (select page from woken) returning id

-- name: route_standings
select rt.name as route, r.state, r.currency, count(*) as count, sum(r.minor)::bigint as minor
from thread t
join record r on r.id = t.newest
join route rt on rt.id = t.route
where r.state not in (5, 10, 11, 12)
group by rt.name, r.state, r.currency
order by rt.name, r.state, r.currency

-- name: standings_counted
select s.state, s.currency, count(*) as count, sum(s.minor)::bigint as minor
from standing s
join census c on c.route = s.route and s.created >= c.start and s.created < c.until
where s.route = $1
group by s.state, s.currency
order by s.state, s.currency


-- name: standings_uncounted
select s.state, s.currency, count(*) as count, sum(s.minor)::bigint as minor
from standing s
where s.route = $1 and not exists (
    select from census c where c.route = s.route and s.created >= c.start and s.created < c.until
)
group by s.state, s.currency
order by s.state, s.currency


-- name: journal_by_page
select p.page, p.id, p.at, p.prior, p.digest, g.chain, n.seq, n.before, n.path, n.records, n.details
from posting p
join page g on g.id = p.page
left join (
    select page, posting, at, place, seq, before, path, records, details from run
    union all
    select null, posting, at, 0, seq, before, path, array[record], array[detail] from entry
) n on n.posting = p.id and n.at = p.at and coalesce(n.page, p.page) = p.page
order by p.page, p.id, n.place, n.records

-- name: months_missing
-- The partitions that are not there yet, of these months and of the tables that are. By the
-- catalogue itself: what to_regclass once did not find, it does not find for the rest of a
-- transaction that waited.
select u.name from unnest($1::text[], $2::text[]) as u (name, parent)
where not exists (select from pg_class c where c.relname = u.name and pg_table_is_visible(c.oid))
    and exists (select from pg_class c where c.relname = u.parent and pg_table_is_visible(c.oid))
order by u.name

-- name: tables
select count(*) as tables from information_schema.tables where table_schema = 'public'

-- name: hold_of
select h.record, r.number, r.key, rt.name as route, h.state, h.cause, h.said, h.advice, h.place,
       h.owner, h.minor, h.currency, h.opened_at, h.closed_at, w.since
from hold h
join record r on r.id = h.record
join route rt on rt.id = h.route
join lateral (
    select min(e.opened_at) as since from hold e
    where e.record = h.record and e.cause = h.cause and e.opened_at <= h.opened_at
        and not exists (
            select from hold o
            where o.record = h.record and o.cause <> h.cause
                and o.opened_at > e.opened_at and o.opened_at < h.opened_at
        )
) w on true
where h.record = $1
order by h.opened_at

-- name: database_size
select pg_database_size(current_database()) as bytes, current_setting('server_version') as version

-- name: note_restored
insert into restored (at) values ($1)

-- name: forget_looks
-- What stood in doubt in the copy may have been sent again since: earlier looks count no more.
update record set looks = 0 where state = 7

-- name: skip_numbers
-- Numbers that were given since the copy are in the hands of people, and perhaps of a worker.
update counter set next = next + $1

-- name: raise_fences
-- Whoever held a page since the copy holds it no longer, wherever he is.
update page set fence = fence + $1, holder = null, lease_until = null where stage < 9

-- name: shadow_routes
update route set switch = 'shadow', switched_at = $1, switched_by = $2, why = $3
where switch = 'on'
returning name

-- name: uncounted
-- The moment of the last restore, where the source of this route has not been counted since.
select max(x.at) as at from restored x
where x.at > coalesce(
    (select c.mark from cursor c where c.route = $1 and c.task = 'recount'), '-infinity')

-- name: note_recount
insert into cursor as c (route, task, mark, due) values ($1, 'recount', $2, $2)
on conflict (route, task) do update set mark = greatest(c.mark, excluded.mark), due = excluded.due

-- name: in_shadow
-- Locked, so that nobody turns the switch while a record is laid down in shadow.
select id from route where id = $1 and switch = 'shadow' for share

-- name: others_at_work
select count(*) as others from pg_stat_activity
where datname = current_database() and application_name = $1 and pid <> pg_backend_pid()


-- name: recheck_records
select r.id, r.seq, r.state, r.subject, r.page, r.place, r.attempts, r.sent_at, r.intent, r.act,
       r.route, r.number, r.minor, r.currency, h.cause,
       case when t.sent = r.id then t.identity end as identity
from record r
join thread t on t.route = r.route and t.subject = r.subject
left join hold h on h.record = r.id and h.closed_at is null
where r.id = any ($1::bigint[])
order by r.route, r.page, r.id

-- name: restate_holds
-- What is said anew of a hold that stays: its age stays too. Not of a record that moved meanwhile.
update hold h set cause = u.cause, said = u.said, advice = u.advice, place = u.place
from unnest($1::bigint[], $2::smallint[], $3::text[], $4::text[], $5::text[], $6::text[])
    as u (record, seq, cause, said, advice, place)
join record r on r.id = u.record and r.seq = u.seq
where h.record = any ($1::bigint[]) and h.record = u.record and h.closed_at is null

-- name: note_listed
-- When a listing last came to its end: the mark of 'listing' is the newest change that it saw.
insert into cursor as c (route, task, mark, due) values ($1, 'listed', $2, $2)
on conflict (route, task) do update set mark = greatest(c.mark, excluded.mark), due = excluded.due

-- name: find_records
-- Documents as they stand, by whichever of these is given: the beginning of a number, subjects,
-- a time of creation, states, amounts, a route. A seek goes page by page.
select r.id, r.key, r.number, r.minor, r.currency, r.created, r.page, r.place, rt.name as route,
       case when r.state = 11 and s.state in (6, 7, 8) then s.state else r.state end as state
from thread t
join record r on r.route = t.route and r.subject = t.subject and r.id = t.newest
join route rt on rt.id = t.route
left join record s on s.id = t.sent
where ($1::text is null
        or (r.number >= $1 and r.number < $2) or (r.number >= $3 and r.number < $4))
    and ($5::bigint[] is null or t.subject = any ($5))
    and ($6::timestamptz is null or r.created >= $6)
    and ($7::timestamptz is null or r.created < $7)
    and ($8::smallint[] is null
        or case when r.state = 11 and s.state in (6, 7, 8) then s.state else r.state end = any ($8))
    and ($9::bigint[] is null or r.minor = any ($9))
    and ($10::text is null or rt.name = $10)
order by case when $11::boolean then r.page end desc nulls last,
    case when $1 is not null then r.number end, r.created desc, r.id desc

-- name: bodies_of_pages
select id, bodies from page where id = any ($1::bigint[]) order by id

-- name: count_left_out
-- By which rule what stands left out was left out: the last word of the journal on it, which lies on
-- the record's own page.
with aside as (
    select r.id, r.page, r.currency, r.minor
    from thread t
    join record r on r.id = t.newest
    join route rt on rt.id = t.route
    where rt.name = $1 and r.state = 10
), said as (
    select distinct on (a.id) a.currency, a.minor, coalesce(nullif(e.detail, '')::jsonb ->> 'rule', '') as rule
    from aside a
    join line e on e.record = a.id and e.page = a.page
    where e.page = any (array (select page from aside))
    order by a.id, e.seq desc
)
select rule, currency, count(*) as count, coalesce(sum(minor), 0)::bigint as minor
from said
where $2::text is null or rule = $2
group by rule, currency
order by count(*) desc, rule, currency

-- name: list_left_out
with aside as (
    select r.id, r.number, r.key, r.minor, r.currency, r.created, r.page
    from thread t
    join record r on r.id = t.newest
    join route rt on rt.id = t.route
    where rt.name = $1 and r.state = 10
), said as (
    select distinct on (a.id) a.*, e.posting, e.at, nullif(e.detail, '')::jsonb as told
    from aside a
    join line e on e.record = a.id and e.page = a.page
    where e.page = any (array (select page from aside))
    order by a.id, e.seq desc
)
select s.id, s.number, s.key, s.minor, s.currency, s.created, s.at, p.by,
       coalesce(s.told ->> 'rule', '') as rule, coalesce(s.told ->> 'why', '') as why
from said s
join posting p on p.id = s.posting and p.at = s.at
where $2::text is null or s.told ->> 'rule' = $2
order by s.created desc, s.id desc
limit $3 offset $4

-- name: count_losses
-- What of the documents that stand on a route did not come along, by field: each document once for
-- each of its losses, however often it was sent.
with standing_now as (
    select r.id, r.page, r.currency, r.minor
    from thread t
    join route rt on rt.id = t.route
    join record r on r.id = coalesce(t.sent, t.newest)
    where rt.name = $1
), lost as (
    select distinct r.id, r.currency, r.minor as total, l ->> 'field' as field,
        l ->> 'code' as code, l ->> 'why' as why, coalesce((l ->> 'minor')::bigint, 0) as minor
    from standing_now r
    join line e on e.record = r.id and e.page = r.page and e.detail like '%"losses":%'
    cross join lateral jsonb_array_elements(e.detail::jsonb -> 'losses') l
    where e.page = any (array (select page from standing_now))
), counted as (
    select id, currency, total, field, code, sum(minor) as minor from lost group by 1, 2, 3, 4, 5
)
select field, code, currency, count(*) as count, sum(minor)::bigint as minor,
    sum(total)::bigint as total
from counted group by field, code, currency
order by count(*) desc, field, code, currency

-- name: count_not_compared
-- What was sent and not read back, by field: of each document what its last read-back left out.
with standing_now as (
    select r.id, r.page
    from thread t
    join route rt on rt.id = t.route
    join record r on r.id = coalesce(t.sent, t.newest)
    where rt.name = $1
), last as (
    select distinct on (r.id) r.id, e.detail
    from standing_now r
    join line e on e.record = r.id and e.page = r.page and e.detail like '%"not_compared":%'
    where e.page = any (array (select page from standing_now))
    order by r.id, e.seq desc
)
select f as field, count(*) as count
from last cross join lateral jsonb_array_elements_text(last.detail::jsonb -> 'not_compared') f
group by f
order by count(*) desc, f

-- name: read_token
select token, dies_at, refresh, seed, version from token where name = $1 and version > 0

-- name: swap_token
update token set version = version + 1, token = $3, dies_at = $4, refresh = $5, seed = $6
where name = $1 and version = $2
returning version

-- name: claim_token
insert into token as t (name, holder, until) values ($1, $2, $3)
on conflict (name) do update set holder = excluded.holder, until = excluded.until
where t.until is null or t.until <= $4
returning name

-- name: release_token
update token set holder = null, until = null where name = $1 and holder = $2
