-- What the shop remembers beside its orders. Moments are seconds since 1970.

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
