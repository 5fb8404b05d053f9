-- The entries of one posting that moved alike are one row: `details` has one text for each of the
-- `records`, or one for all of them; `place` counts the runs of a posting from 0. What was entered
-- before stays where it is, in `entry`, is read on, and is added to no more.
create table run (
    page bigint not null,
    posting bigint not null,
    place smallint not null,
    at timestamptz not null,
    seq smallint not null,
    before smallint not null,
    path smallint[] not null,
    records bigint[] not null,
    details text[] not null,
    primary key (page, posting, place, at)
) partition by range (at);
create table run_other partition of run default;
create index run_at on run using brin (at);
create trigger append_only before update or delete on run
    for each row execute function refuse_change();
create trigger never_emptied before truncate on run
    for each statement execute function refuse_change();

-- Each entry, whichever way it is kept. It is looked for by page: an entry of a record lies on the
-- page of its posting, and that is the page of a version of the record's document. (One that was
-- kept by itself is given the page of its record, by which it is found.)
create view line as
select n.page, n.posting, n.at, u.record, n.seq, n.before, n.path,
    -- What is said of all is read from the row only where nothing is said of each: many details are
    -- packed, and would be unpacked once for each record.
    coalesce(u.detail, n.details[1]) as detail
from run n cross join lateral unnest(n.records, n.details) as u (record, detail)
union all
select r.page, e.posting, e.at, e.record, e.seq, e.before, e.path, e.detail
from entry e join record r on r.id = e.record;
