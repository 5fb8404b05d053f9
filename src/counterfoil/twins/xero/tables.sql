-- Beside the documents of one organisation (filed): its contacts, and what of its invoices counts.

create table if not exists contact (
  name text primary key,
  uuid text not null
) without rowid;

create view if not exists landed (reference, unit, amount) as
  select reference, currency, total from filed where collection = 'Invoices';
