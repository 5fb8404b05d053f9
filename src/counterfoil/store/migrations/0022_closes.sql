-- The closing of a period: what was done for it, act by act, each covered by the digest of the one
-- before it. `content` is canonical JSON.
create table close_act (
    period text not null,
    number integer not null,
    act text not null,
    at timestamptz not null,
    by text not null,
    content bytea not null,
    digest bytea not null,
    primary key (period, number)
);
create trigger append_only before update or delete on close_act
    for each row execute function refuse_change();
create trigger never_emptied before truncate on close_act
    for each statement execute function refuse_change();
