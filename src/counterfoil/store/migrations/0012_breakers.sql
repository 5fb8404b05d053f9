-- A connection that is away: since when, when it is asked again, how often it was asked in vain, and
-- what was met last. No row: it answers.
create table breaker (
    connection smallint primary key references connection,
    since timestamptz not null,
    until timestamptz not null,
    probes integer not null default 0,
    said text not null
);
