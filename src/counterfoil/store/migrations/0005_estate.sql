-- Whose database this is: it belongs to one estate, and to the first that used it.
create table estate (
    single boolean primary key default true check (single),
    name text not null,
    since timestamptz not null
);
