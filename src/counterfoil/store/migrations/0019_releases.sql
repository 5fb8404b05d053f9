-- What was in force, and from when: a row for each content of the configuration that was ever begun
-- with (its governed part as canonical JSON, `config/content.py`) under one version of Counterfoil.
-- `digest` is over both, so that a number names one content for good.
create table release (
    id integer primary key,
    digest bytea not null unique,
    content bytea not null,
    version text not null,
    begun_at timestamptz not null,
    by text not null,
    why text not null
);
create trigger append_only before update or delete on release
    for each row execute function refuse_change();
create trigger never_emptied before truncate on release
    for each statement execute function refuse_change();

-- At which release a route stands is told with every page that is taken; a posting says under which
-- its moves were made. 0: from before releases were numbered.
alter table route add column release integer not null default 0;
alter table posting add column release integer not null default 0;
