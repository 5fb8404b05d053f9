-- Who may ask and act at the desk, and what was done there.

-- One row for each person. Without a secret they cannot sign in: they hold a link that is still good.
create table person (
    name text primary key,
    role text not null,
    secret text not null default '',
    added_at timestamptz not null,
    added_by text not null,
    ended_at timestamptz
);

-- A link that can be used once, to choose a secret; only the digest of its word is kept.
create table invitation (
    digest bytea primary key,
    name text not null,
    role text not null,
    until timestamptz not null,
    used_at timestamptz
);

-- Who is signed in; only the digest of what the browser holds is kept. No copy that `db backup`
-- writes has these.
create table session (
    digest bytea primary key,
    name text not null references person (name),
    form text not null,
    begun_at timestamptz not null,
    seen_at timestamptz not null
);

-- How often in a row nobody came in under a name, or from an address (their digests).
create table knock (
    digest bytea primary key,
    failures integer not null,
    last_at timestamptz not null
);

-- What a person did at the desk to records that waited: the receipt of it.
create table receipt (
    id bigserial primary key,
    done_at timestamptz not null,
    by text not null,
    act text not null,
    title text not null,
    why text not null default '',
    records bigint[] not null,
    minors bigint[] not null,
    currencies text[] not null
);
create index receipt_of_record on receipt using gin (records);
create trigger append_only before update or delete on receipt
    for each row execute function refuse_change();
create trigger never_emptied before truncate on receipt
    for each statement execute function refuse_change();

-- What waits, with the cause that it shares with others: the route, the code, the state and the
-- field; and where it is not a field that differs, what was said, without numbers.
create view waiting as
select h.record, r.number, r.key, r.page, h.route, h.state, h.cause, h.said, h.advice, h.place,
    h.owner, h.minor, h.currency, h.opened_at,
    -- Its age: what was sent again and is held again for the same cause has waited all the while.
    (select min(e.opened_at) from hold e
     where e.record = h.record and e.cause = h.cause and not exists (
         select from hold o
         where o.record = h.record and o.cause <> h.cause
             and o.opened_at > e.opened_at and o.opened_at < h.opened_at)) as since,
    substr(md5(concat_ws(chr(31), rt.name, h.cause, h.state::text, regexp_replace(h.place, '\[[^]]*\]', '', 'g'),
        case when h.cause = 'field-differs' then ''
             else regexp_replace(replace(h.said, coalesce(nullif(r.number, ''), chr(30)), ''), '[0-9]+', '0', 'g') end
    )), 1, 12) as cause_id
from hold h
join record r on r.id = h.record
join route rt on rt.id = h.route
where h.closed_at is null;
