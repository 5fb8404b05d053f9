-- What the target held when a record's intent was made, for targets that are looked at first.
alter table input add column look bytea not null default '';

-- What may be in flight one at a time: the documents of one turn. `flight` is the record that took it
-- last, which has it for as long as its own document has it in flight; `times` is how often it was taken.
create table turn (
    route smallint not null,
    turn text not null,
    flight bigint not null,
    times bigint not null,
    primary key (route, turn)
);
