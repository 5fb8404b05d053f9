-- The key by which an estate's secrets are sealed and its people are marked; it is sealed itself, by
-- the master key, which lies in a file and never here.
create table data_key (
    single boolean primary key default true check (single),
    sealed bytea not null,
    made_at timestamptz not null,
    sealed_at timestamptz not null
);

-- What was erased: on whose word, when and why. Until `done_at` it is not over, and is gone on with.
-- `classes` are the classes of data that it takes away, `until` up to which moment of creation.
create table erasure (
    id text primary key,
    asked_at timestamptz not null,
    by text not null,
    why text not null,
    classes text[] not null,
    documents bigint not null default 0,
    done_at timestamptz
);

-- Who was erased, by marks that only the data key makes: no name stands here.
create table erased_person (
    mark bytea not null,
    erasure text not null,
    primary key (mark, erasure)
);

-- Which documents were erased, by their numbers here. What comes of one later is erased as it comes.
create table erased_document (
    subject bigint not null,
    class text not null,
    erasure text not null,
    primary key (subject, class)
);

-- Postings of which an entry quoted a person, and quotes them no more. The posting's own digest stays
-- what it was, so that the chain goes through it; `digest` covers what is left of it.
create table erased_posting (
    posting bigint primary key,
    erasure text not null,
    digest bytea not null
);

-- The words of an entry or a receipt change for an erasure alone, which names itself.
create or replace function refuse_change() returns trigger language plpgsql as $$
begin
    if tg_op = 'UPDATE' and tg_table_name ~ '^(run|entry|receipt)'
        and exists (select from erasure e
            where e.id = current_setting('counterfoil.erasure', true) and e.done_at is null)
    then
        return new;
    end if;
    raise exception 'the journal is append-only: % of % refused', tg_op, tg_table_name;
end $$;
