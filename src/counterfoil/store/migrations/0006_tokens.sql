-- The sign-ins that rotate: each renewal ends the one before, so all workers share them.
-- What protects them is the database's own sign-in; no copy of it that `db backup` writes has them.
create table token (
    name text primary key,
    version bigint not null default 0,
    token text not null default '',
    dies_at timestamptz,
    refresh text not null default '',
    seed text not null default '',
    holder text,
    until timestamptz
);
