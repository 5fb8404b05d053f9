-- The steps of a write that has several: each is a row from before its call leaves, and has the
-- target's name of it once it is proven.
create table step (
    record bigint not null,
    place smallint not null,
    name text not null,
    identity text,
    number text,
    primary key (record, place)
);

-- A write that the target took to do it later, by the ticket that it gave for it.
create table ticket (
    record bigint primary key,
    ticket text not null
);
