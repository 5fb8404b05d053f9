-- What every twin remembers beside its vendor's own tables. Moments are seconds since 1970.

-- Counters, and single facts such as the moment when trade began.
create table if not exists facts (
  name text primary key,
  value real not null
) without rowid;

create table if not exists tokens (
  token text primary key,
  until_s real not null
) without rowid;

-- Refresh tokens that work once: when each was spent, which one it came after, and the token that
-- was given with it.
create table if not exists refreshes (
  token text primary key,
  spent_s real,
  before text,
  given text
) without rowid;

-- The trade to come.
create table if not exists plan (
  seq integer primary key,
  at_s real not null,
  sale blob not null,
  placed integer not null default 0
);
create index if not exists plan_open on plan (at_s, seq) where placed = 0;

-- What will befall documents, by the agenda that it stands on: which event, at which of its
-- stages, about which line.
create table if not exists turns (
  id integer primary key,
  agenda text not null,
  document integer not null,
  name text not null,
  stage integer not null,
  at integer not null,
  units integer not null,
  due_s real not null
);
create index if not exists turns_due on turns (agenda, due_s, id);

create table if not exists subscriptions (
  id integer primary key,
  topic text not null,
  uri text not null,
  name text,
  created_s integer not null,
  active integer not null default 1
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

-- Long jobs; last_id is how far a running one has come.
create table if not exists jobs (
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
create table if not exists job_chunks (
  job_id integer not null,
  seq integer not null,
  body blob not null,
  primary key (job_id, seq)
);

-- Answers given under an idempotency key.
create table if not exists replays (
  key text primary key,
  asked blob not null,
  answer blob not null
) without rowid;

-- Whole answers that are given again for a while.
create table if not exists answered (
  key text primary key,
  at_s real not null,
  asked blob not null,
  status integer not null,
  answer blob not null
) without rowid;

-- Documents by collection, as they are shown. Amounts are minor units.
create table if not exists filed (
  id integer primary key,
  uuid text not null unique,
  collection text not null,
  reference text not null,
  currency text not null,
  total integer not null,
  born_s real not null,
  changed_s real not null,
  shown blob not null
);
create index if not exists filed_reference on filed (collection, reference);
