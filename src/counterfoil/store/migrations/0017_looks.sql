-- What the target held when a record's intent was made, for targets that are looked at first.
alter table input add column look bytea not null default '';
