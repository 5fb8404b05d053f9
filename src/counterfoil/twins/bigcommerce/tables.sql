-- What the store remembers of its orders. Moments are seconds since 1970.
create table if not exists orders (
  id integer primary key,
  reference text not null,
  customer integer not null,
  email text not null,
  external text not null,
  created_s integer not null,
  modified_s integer not null,
  status integer not null,
  archived integer not null,
  total_minor integer not null,
  currency text not null,
  body blob not null
);
create index if not exists orders_modified on orders (modified_s);
create table if not exists states (
  seq integer primary key,
  order_id integer not null,
  body blob not null
);
create index if not exists states_order on states (order_id, seq);
