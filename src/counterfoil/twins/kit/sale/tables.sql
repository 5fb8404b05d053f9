-- What a shop remembers of its orders. Moments are seconds since 1970.

-- indexed_s is updated_s as the search index knows it: null until the order is in the index.
-- lag_until_s is set while the index still has to catch up.
create table if not exists orders (
  id integer primary key,
  name text not null,
  email text not null,
  tags text not null,
  created_s integer not null,
  processed_s integer not null,
  updated_s integer not null,
  indexed_s integer,
  lag_until_s real,
  cancelled_s integer not null,
  total_minor integer not null,
  currency text not null,
  body blob not null,
  financial text not null,
  fulfilment text not null,
  test integer not null,
  closed_s integer not null
);
create index if not exists orders_indexed on orders (indexed_s, id);
create index if not exists orders_created on orders (created_s, id);
create index if not exists orders_processed on orders (processed_s, id);
create index if not exists orders_lagging on orders (lag_until_s) where lag_until_s is not null;

-- Every state that an order was in, where somebody will check.
create table if not exists states (
  seq integer primary key,
  order_id integer not null,
  body blob not null
);
create index if not exists states_order on states (order_id, seq);
