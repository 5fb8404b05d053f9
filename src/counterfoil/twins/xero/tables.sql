-- The books of one organisation. Amounts are minor units, moments seconds since 1970.

create table if not exists document (
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
create index if not exists document_reference on document (collection, reference);

create table if not exists contact (
  name text primary key,
  uuid text not null
) without rowid;

create view if not exists landed (reference, unit, amount) as
  select reference, currency, total from document where collection = 'Invoices';
