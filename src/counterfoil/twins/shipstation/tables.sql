-- The orders of one account, as it remembers them. Amounts are minor units, times are Pacific.

create table if not exists store_order (
  order_id integer primary key,
  order_key text not null unique,
  order_number text not null,
  order_status text not null,
  total integer not null,
  created text not null,
  modified text not null,
  shown blob not null
);

create index if not exists store_order_number on store_order (order_number);

create view if not exists landed (reference, unit, amount) as
  select order_key, '', total from store_order;
