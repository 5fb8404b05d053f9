-- Who has an account, or gave an address: what is shown of each, as JSON.
create table if not exists account (
  id integer primary key,
  created_s integer not null,
  indexed_s integer not null,
  shown blob not null
);
create index if not exists account_changed on account (indexed_s, id);
