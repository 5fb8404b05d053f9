-- Pages of work: made, taken under a fence, left until they are due.

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
set fence = p.fence + 1, holder = $2, lease_until = $3, woken = null
from route r
where p.id = $1 and p.stage < 9 and r.id = p.route and r.switch <> 'off'
    and (p.lease_until is null or p.lease_until <= $4) and p.due <= $4
returning p.id, p.route, p.stage, p.priority, p.inbox, p.bodies, p.fence, p.chain, r.switch,
    r.release,
    (select max(x.at) from restored x) as restored,
    array(select b.connection from breaker b order by b.connection) as away,
    array(select b.until from breaker b order by b.connection) as away_until,
    array(select i.body from inbox i where p.stage = 0 and i.id = any (p.inbox) order by i.id)
        as messages,
    array(select i.at from inbox i where p.stage = 0 and i.id = any (p.inbox) order by i.id)
        as moments

-- name: renew_page
update page set lease_until = $3 where id = $1 and fence = $2 and holder = $4 returning id

-- name: captured_page
update page set stage = 1, bodies = $3, chain = $4, sources = $5
where id = $1 and fence = $2 returning id

-- name: leave_page
-- What was woken while the page was in hand is read from the row itself, which is locked by then:
-- the records are those of the moment at which this began.
update page p
set holder = null, lease_until = null, due = least(w.due, p.woken),
    stage = case when w.due is null and p.woken is null then 9 else p.stage end
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
returning id, route, stage, priority, inbox, bodies, fence, chain,
    (select r.release from route r where r.id = page.route) as release

-- name: wake_shadowed
with woken as (
    update record r set due = $2
    from route rt
    where rt.name = $1 and r.route = rt.id and r.state = {MAPPED} and r.due is null
    returning r.page
)
update page set stage = 1, due = $2 where id in (select page from woken) returning id

-- name: bodies_of_pages
select id, bodies from page where id = any ($1::bigint[]) order by id

-- name: page_sources
-- What the source said of each record of a page, and when it said it: its own bytes, or the number
-- of the message in the inbox.
select id, sources, inbox, created_at from page where id = any ($1::bigint[]) order by id
