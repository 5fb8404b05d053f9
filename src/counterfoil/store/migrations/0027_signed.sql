-- Who signed the counts, sums and samples of an initial load, and why where these differ. What was
-- loaded before this went on without a signature.
alter table load add column signed_by text not null default '';
alter table load add column signed_at timestamptz;
alter table load add column signed_why text not null default '';
update load set signed_at = ended, signed_why = 'before loads were signed' where ended is not null;

-- Whether the load of a route is over and nobody has signed what was found: its listings wait.
create function unsigned_load(asked smallint) returns boolean language sql stable as $$
    select exists (
        select from load l where l.route = asked and l.ended is not null and l.signed_at is null
    )
$$;

-- What somebody had edited at a target, in fields that are not its own, before a newer version was
-- written over it: one row a record.
create table edit (
    record bigint primary key,
    route smallint not null,
    at timestamptz not null,
    fields text not null
);
create index edit_route_at on edit (route, at desc);
