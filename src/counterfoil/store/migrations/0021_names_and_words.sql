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

-- Which words of value maps the documents had that were sent: so many in one commit, with their money.
create table met (
    map text not null,
    word text not null,
    route smallint not null,
    currency text not null,
    count integer not null,
    minor bigint not null,
    at timestamptz not null
);
create index met_map on met (map, word);

-- Which word of a value map a record had that nobody had mapped; its hold says whether that is so still.
create table unmet (
    record bigint not null,
    map text not null,
    word text not null,
    primary key (record, map, word)
);

-- The initial load of a route: what its source counted when it began, how far it has come, and what
-- was found when it was over.
create table load (
    route smallint primary key,
    began timestamptz not null,
    expected bigint not null,
    money jsonb not null,
    mark text,
    listed bigint not null default 0,
    new bigint not null default 0,
    ended timestamptz,
    unaccounted bigint,
    sampled bigint,
    different bigint
);
