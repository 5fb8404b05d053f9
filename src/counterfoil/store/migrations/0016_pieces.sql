-- What is at stake in a document that has no money is how many pieces it is of.
alter table record add column pieces bigint not null default 0;

create or replace view standing as
select t.route, t.subject, r.key, r.minor, r.currency, r.created,
    case when r.state = 11 and s.state in (6, 7, 8) then s.state else r.state end as state, r.pieces
from thread t
join record r on r.id = t.newest and r.route = t.route and r.subject = t.subject
left join record s on s.id = t.sent
where not r.nameless;
