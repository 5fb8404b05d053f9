-- Where a listing goes on is its source's own text; the marks that were moments stay what they were.
-- What the house notes of a task by itself stays a moment: when a listing came to its end, when the
-- source was counted whole, up to where every window was counted.
alter table cursor add column noted timestamptz;
update cursor set noted = mark, mark = null where task in ('listed', 'recount');
alter table cursor alter column mark type text
    using to_char(mark at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"');

-- Windows that are open are few, and are found by this however many there are.
create index census_open on census (route, start) where not closed;

-- By what the source was counted: windows of events, or of batches that are each complete.
alter table census add column counts text not null default 'events';

-- The last time a source's whole state was counted, for each route: the balance as it stood then, in
-- words and figures of ledger/balance.py.
create table round (
    route smallint primary key references route,
    began timestamptz not null,
    ended timestamptz not null,
    counted bigint,
    balance jsonb not null,
    closed boolean not null
);
