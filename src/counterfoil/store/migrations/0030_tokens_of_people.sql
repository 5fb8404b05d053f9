-- What a program of a person's asks and acts with, in their name; only the digest of it is kept.
create table person_token (
    id bigserial primary key,
    digest bytea not null unique,
    name text not null references person (name),
    title text not null,
    scopes text[] not null,
    made_at timestamptz not null,
    until timestamptz not null,
    seen_at timestamptz,
    ended_at timestamptz
);
create index person_token_of on person_token (name) where ended_at is null;
