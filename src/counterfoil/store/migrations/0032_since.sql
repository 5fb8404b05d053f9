-- Since when a hold has waited is kept by a trigger, and a rehearsal's copy of the table has none: a
-- hold that nothing was kept of waits since it was opened.
alter table hold alter column since drop not null;

create or replace view waiting as
select h.record, r.number, r.key, r.page, h.route, h.state, h.cause, h.said, h.advice, h.place,
    h.owner, h.minor, h.currency, h.opened_at, coalesce(h.since, h.opened_at) as since, h.cause_id
from hold h
join record r on r.id = h.record
where h.closed_at is null;
