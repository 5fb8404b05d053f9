-- The first schema. Times are timestamptz, amounts are whole minor units, states are the numbers
-- of ledger/account.py. Numbers (ids) come from `counter`, never from a sequence or a clock.
-- Tables that grow with the traffic have no foreign keys: each would lock the same few rows of
-- `route` and `connection` once for every record, and those are never deleted.

create table counter (
    name text primary key,
    next bigint not null
);

create table connection (
    id smallint primary key,
    name text not null unique
);

-- `switch`: off | shadow | on. A person turns it; it lives here and not in a file, so that every
-- worker sees it with the next page.
create table route (
    id smallint primary key,
    name text not null unique,
    switch text not null,
    switched_at timestamptz not null,
    switched_by text not null,
    why text not null
);

-- What was pushed to us, byte for byte, before it was acknowledged.
create table inbox (
    id bigint primary key,
    connection smallint not null,
    topic text not null,
    number text not null,
    digest bytea not null,
    body bytea not null,
    at timestamptz not null,
    unique (connection, topic, digest)
);

-- A page of work. `stage`: 0 arrived (bytes in the inbox), 1 captured, 9 done.
-- `fence` rises with every taking: a worker that lost its lease cannot write with an old one.
create table page (
    id bigint primary key,
    route smallint not null,
    stage smallint not null,
    priority smallint not null,
    inbox bigint[] not null,
    bodies bytea not null,
    fence integer not null,
    holder text,
    lease_until timestamptz,
    due timestamptz,
    chain bytea not null,
    created_at timestamptz not null
) with (fillfactor = 70);
create index page_open on page (id) where stage < 9;

-- Vendor identity → our identity, unique by constraint.
create table binding (
    connection smallint not null,
    document text not null,
    foreign_id text not null,
    subject bigint not null,
    primary key (foreign_id, connection, document)
);

-- One version of one document on one route. The columns after `created` move, nothing else does.
create table record (
    id bigint primary key,
    route smallint not null,
    subject bigint not null,
    page bigint not null,
    place smallint not null,
    key text not null,
    number text not null,
    version timestamptz not null,
    digest bytea not null,
    minor bigint not null,
    currency text not null,
    created timestamptz not null,
    state smallint not null,
    seq smallint not null,
    attempts smallint not null default 0,
    looks smallint not null default 0,
    due timestamptz,
    sent_at timestamptz,
    intent bytea,
    unique (route, subject, version, digest)
) with (fillfactor = 60);
create index record_page on record (page);
create index record_number on record (number);
create index record_created on record using brin (created);

-- The thread of one document on one route: its newest version, the one version that may be in
-- flight, and what the target holds.
create table thread (
    route smallint not null,
    subject bigint not null,
    newest bigint not null,
    flight bigint,
    sent bigint,
    intent bytea,
    identity text,
    primary key (route, subject)
) with (fillfactor = 60);

-- Where each document stands: at its newest version. A newest version that says nothing new
-- (merged, 11) does not cover up an older one that differs, is in doubt or is held (6, 7, 8).
-- A message in which no document could be found is a record, and no document.
create view standing as
select t.route, t.subject, r.key, r.minor, r.currency, r.created,
    case when r.state = 11 and s.state in (6, 7, 8) then s.state else r.state end as state
from thread t
join record r on r.id = t.newest
left join record s on s.id = t.sent
where r.key not like 'delivery-%';

-- The journal: append-only, partitioned by month from the start.
create table posting (
    id bigint not null,
    page bigint not null,
    at timestamptz not null,
    prior bytea not null,
    digest bytea not null,
    by text not null,
    primary key (id, at)
) partition by range (at);
create index posting_page on posting (page);

create table entry (
    record bigint not null,
    seq smallint not null,
    posting bigint not null,
    at timestamptz not null,
    before smallint not null,
    path smallint[] not null,
    detail text not null,
    primary key (record, seq, at)
) partition by range (at);

create table evidence (
    page bigint not null,
    posting bigint not null,
    at timestamptz not null,
    body bytea not null
) partition by range (at);
create index evidence_page on evidence (page);

create table posting_other partition of posting default;
create table entry_other partition of entry default;
create table evidence_other partition of evidence default;

create function refuse_change() returns trigger language plpgsql as $$
begin
    raise exception 'the journal is append-only: % of % refused', tg_op, tg_table_name;
end $$;
create trigger append_only before update or delete on entry
    for each row execute function refuse_change();
create trigger append_only before update or delete on posting
    for each row execute function refuse_change();
create trigger never_emptied before truncate on entry
    for each statement execute function refuse_change();
create trigger never_emptied before truncate on posting
    for each statement execute function refuse_change();

-- What waits for a person: held, in doubt, drifted. Closed by a posting, never by time.
create table hold (
    record bigint not null references record,
    route smallint not null references route,
    state smallint not null,
    cause text not null,
    said text not null,
    advice text not null,
    place text not null,
    owner text not null,
    minor bigint not null,
    currency text not null,
    opened_at timestamptz not null,
    closed_at timestamptz,
    closed_by text,
    closing text,
    primary key (record, opened_at)
);
create index hold_open on hold (record) where closed_at is null;

-- How far each timed task of a route has come, and who is at it.
create table cursor (
    route smallint not null references route,
    task text not null,
    mark timestamptz,
    due timestamptz,
    holder text,
    lease_until timestamptz,
    primary key (route, task)
);

-- What the source itself said of a window of time, and whether the journal agrees.
create table census (
    route smallint not null references route,
    start timestamptz not null,
    until timestamptz not null,
    listed bigint not null,
    counted bigint,
    money jsonb not null,
    missing text[] not null,
    phantom text[] not null,
    asked_at timestamptz not null,
    closed boolean not null,
    primary key (route, start)
);

-- Rate budgets, shared by all workers.
create table budget (
    account text not null,
    bucket text not null,
    level double precision not null,
    at timestamptz not null,
    primary key (account, bucket)
) with (fillfactor = 50);

create table slot (
    account text not null,
    bucket text not null,
    slot smallint not null,
    holder text,
    until timestamptz,
    primary key (account, bucket, slot)
) with (fillfactor = 50);

-- When this database was put back from a copy: what was sent since the copy is not in it, so
-- whatever was created before then is looked up at the target before it is sent.
create table restored (
    at timestamptz primary key
);

-- Who is at work on this database.
create table worker (
    holder text primary key,
    role text not null,
    started_at timestamptz not null,
    seen_at timestamptz not null
);

-- How often a guard had to act; a guard that never fired proved nothing.
create table guard (
    name text primary key,
    fired bigint not null
);
