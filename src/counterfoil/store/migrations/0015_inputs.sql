-- Of what a record's intent was made beside its body: so it is made again, byte for byte. No row: of
-- the body alone.
create table input (
    record bigint primary key,
    names bytea not null
);
