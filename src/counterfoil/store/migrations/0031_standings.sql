-- Where a document stands is asked of a million at a time: what was sent before is looked up only for
-- a version that says nothing new, instead of once for each document.
create or replace view standing as
select t.route, t.subject, r.key, r.minor, r.currency, r.created,
    case when r.state = 11 then coalesce(
        (select s.state from record s where s.id = t.sent and s.state in (6, 7, 8)), r.state)
    else r.state end as state, r.pieces
from thread t
join record r on r.id = t.newest and r.route = t.route and r.subject = t.subject
where not r.nameless;
