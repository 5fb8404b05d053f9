-- What is a document called there? Names are looked up by the subject too.
create index binding_names on binding (subject, connection);

-- That a document names another one, as its source calls that: a binding says which it is, now or
-- when there is one.
create table link (
    subject bigint not null,
    connection smallint not null,
    document text not null,
    foreign_id text not null,
    primary key (subject, connection, document, foreign_id)
);
create index link_back on link (foreign_id, connection, document);

-- Which records wait until another document has a name at `target`, and for how long. It is called
-- as the record's source calls it.
create table wait (
    record bigint not null,
    connection smallint not null,
    document text not null,
    foreign_id text not null,
    target smallint not null,
    until timestamptz not null,
    primary key (record, document, foreign_id)
);
create index wait_name on wait (foreign_id, connection, document);

-- When a record of a page was made due from elsewhere: whoever has the page in hand did not see it,
-- and looks again before it is let go.
alter table page add column woken timestamptz;
