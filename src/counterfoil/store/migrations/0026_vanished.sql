-- What stands on neither side of a window: it is gone from the source, and is ended here.
alter table census add column ended text[] not null default '{}';
