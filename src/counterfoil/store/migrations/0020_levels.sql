-- What each system says stands where, as it was delivered here last: `spot` is how that system calls
-- the place, `place` how we do. Nobody has said which place it is: null; it counts nowhere: ''.
create table level (
    sku text not null,
    connection smallint not null,
    spot text not null,
    place text,
    on_hand numeric not null,
    allocated numeric,
    quarantined numeric,
    incoming numeric,
    available numeric not null,
    as_of timestamptz not null,
    primary key (sku, connection, spot)
);

-- What a pool of places may show of a SKU. `based_on` is the moment of the oldest level in it,
-- `blocked` the spots of which nobody has said to which place they belong.
create table pool (
    sku text not null,
    pool text not null,
    pieces bigint not null,
    based_on timestamptz not null,
    changed_at timestamptz not null,
    blocked text not null,
    primary key (sku, pool)
);
create index pool_changed on pool (changed_at);

-- What was sold by documents that we have and that the master of the levels may not know yet:
-- captured from `connection`, on their way to `target`. It has them since `there_at`; its levels
-- were listed to their end after that at `listed_at`.
create table pipe (
    route smallint not null,
    subject bigint not null,
    sku text not null,
    pieces bigint not null,
    connection smallint not null,
    target smallint not null,
    there_at timestamptz,
    listed_at timestamptz,
    primary key (route, subject, sku)
);
create index pipe_sku on pipe (sku);
create index pipe_there on pipe (there_at) where there_at is not null;

-- SKUs whose pools are to be reckoned again. Only ever added to beside what changed them, so that
-- nobody waits for whoever reckons. `told`: a level was told anew, so that the pool is told anew.
create table reckoning (
    sku text not null,
    told boolean not null
);

-- Pieces that a person keeps back from a pool until a moment, and why.
create table buffer (
    sku text not null,
    pool text not null,
    pieces bigint not null,
    until timestamptz not null,
    why text not null,
    by text not null,
    at timestamptz not null,
    primary key (sku, pool)
);

-- What was bought at a connection, for as long as it tells what people will buy, and what is
-- shown there still.
create table sale (
    sku text not null,
    connection smallint not null,
    pieces bigint not null,
    at timestamptz not null
);
create index sale_of on sale (sku, connection, at);
create index sale_at on sale (at);
