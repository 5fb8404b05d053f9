-- Payouts, and the entries of the balance; payout 0 is none yet.
create table if not exists payout (
  id integer primary key,
  issued_s integer not null,
  currency text not null,
  net_minor integer not null,
  status text not null,
  trace text,
  changed_s integer not null -- nobody is told
);

create table if not exists balance_entry (
  id integer primary key,
  payout integer not null,
  type text not null,
  at_s integer not null,
  amount_minor integer not null,
  fee_minor integer not null,
  net_minor integer not null,
  order_id integer,
  order_name text,
  order_transaction integer
);
create index if not exists balance_entry_payout on balance_entry (payout);
