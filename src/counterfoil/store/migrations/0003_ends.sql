-- When the first sending of this document left of which nobody knows what became: so long ago the
-- target heard of its key.
alter table thread add column unanswered_at timestamptz;

-- A message in which no document could be found is a record, and no document.
alter table record add column nameless boolean not null default false;
update record set nameless = true where key like 'delivery-%' and number = '' and currency = '';

-- Where each document stands: at its newest version. A newest version that says nothing new
-- (merged, 11) does not cover up an older one that differs, is in doubt or is held (6, 7, 8).
-- Route and subject stand beside the number of the newest record, so that a few records are enough
-- to find their threads.
create or replace view standing as
select t.route, t.subject, r.key, r.minor, r.currency, r.created,
    case when r.state = 11 and s.state in (6, 7, 8) then s.state else r.state end as state
from thread t
join record r on r.id = t.newest and r.route = t.route and r.subject = t.subject
left join record s on s.id = t.sent
where not r.nameless;

-- The journal only grows, in the order of time: what was entered since a moment lies together.
create index entry_at on entry using brin (at);
