-- What a Peoplevox site remembers of orders. Cells are kept as they came, as JSON by their columns.

create table if not exists heads (
  id integer primary key,
  number text not null unique,
  cells text not null,
  amount integer not null,
  allocates integer not null,
  born_s integer not null,
  changed_s integer not null
);

create table if not exists lines (
  id integer primary key,
  number text not null,
  line text not null,
  cells text not null,
  unique (number, line)
);

create table if not exists items (
  id integer primary key,
  template text not null,
  key text not null,
  cells text not null,
  born_s integer not null,
  changed_s integer not null,
  unique (template, key)
);

create view if not exists landed (reference, unit, amount) as
  select number, '', amount from heads;
