-- Items that are sold, and what stands of each where. A bundle has no stock of its own. A level that
-- is active no more keeps its amounts.
create table if not exists inventory_item (
  id integer primary key,
  sku text not null,
  tracked integer not null,
  bundle integer not null
);
create index if not exists inventory_item_sku on inventory_item (sku collate nocase);

create table if not exists inventory_level (
  item integer not null,
  location integer not null,
  available integer not null,
  committed integer not null,
  updated_s integer not null,
  active integer not null,
  primary key (item, location)
);

-- An item is called as its variant is.
create trigger if not exists inventory_item_called after update of sku on variant
when old.sku <> new.sku begin
  update inventory_item set sku = new.sku where sku = old.sku;
end;
