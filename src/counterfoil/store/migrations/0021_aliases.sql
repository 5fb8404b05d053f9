-- By what other names a connection's documents are named by others than by their keys: who
-- bore it, from when until when (null: it does still), why it does so no more, and whose record told it.
-- A name of what was merged lives on as another name.
create table alias (
    connection smallint not null,
    document text not null,
    name text not null,
    key text not null,
    since timestamptz not null,
    until timestamptz,
    why text not null default '',
    lives_on text not null default '',
    record bigint not null,
    primary key (name, connection, document, key, since)
);
create index alias_key on alias (key, connection, document);
