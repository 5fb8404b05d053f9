-- What was done at the target in the name of this version: 0 written, 1 amended, 2 cancelled. It is
-- settled by it, and read back by it, also by a worker that did not send it.
alter table record add column act smallint not null default 0;
