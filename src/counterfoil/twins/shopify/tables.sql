-- What the shop remembers. Moments are seconds since 1970.

-- Counters, and single facts such as the moment when trade began.
create table if not exists facts (
  name text primary key,
  value real not null
) without rowid;

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

-- The trade to come.
create table if not exists plan (
  seq integer primary key,
  at_s real not null,
  sale blob not null,
  placed integer not null default 0
);
create index if not exists plan_open on plan (at_s, seq) where placed = 0;

-- Edits that somebody at the shop will make.
create table if not exists edits (
  order_id integer primary key,
  due_s real not null
);
create index if not exists edits_due on edits (due_s, order_id);

-- What will befall orders by itself: which event, at which of its stages, about which line.
create table if not exists turns (
  id integer primary key,
  order_id integer not null,
  name text not null,
  stage integer not null,
  at integer not null,
  units integer not null,
  due_s real not null
);
create index if not exists turns_due on turns (due_s, id);

-- Every state that an order was in, where somebody will check.
create table if not exists states (
  seq integer primary key,
  order_id integer not null,
  body blob not null
);
create index if not exists states_order on states (order_id, seq);

create table if not exists subscriptions (
  id integer primary key,
  topic text not null,
  uri text not null,
  name text,
  created_s integer not null
);

-- Messages that were promised and have not been accepted yet, bodies as they were then.
create table if not exists deliveries (
  id integer primary key,
  subscription_id integer not null,
  kind text not null,
  topic text not null,
  uri text not null,
  name text,
  webhook_id text not null,
  event_id text not null,
  triggered_at text not null,
  body blob not null,
  due_s real not null,
  attempts integer not null default 0
);
create index if not exists deliveries_due on deliveries (due_s, id);

-- What a listener has acknowledged: the digest (SHA-256) of each body, for whoever checks.
create table if not exists accepted (
  topic text not null,
  digest text not null,
  primary key (topic, digest)
) without rowid;

create table if not exists tokens (
  token text primary key,
  until_s real not null
) without rowid;

-- last_id is how far a running operation has come through the orders.
create table if not exists bulk (
  id integer primary key,
  query text not null,
  status text not null,
  created_s integer not null,
  completed_s integer,
  last_id integer not null default 0,
  objects integer not null default 0,
  roots integer not null default 0,
  size integer not null default 0
);
create table if not exists bulk_chunks (
  bulk_id integer not null,
  seq integer not null,
  body blob not null,
  primary key (bulk_id, seq)
);

-- Answers given under an idempotency key.
create table if not exists replays (
  key text primary key,
  asked blob not null,
  answer blob not null
) without rowid;
