-- What a shop sells. Handles are unique, SKUs are not; a custom id names one product or one variant.

create table if not exists product (
  id integer primary key,
  handle text not null unique,
  title text not null,
  descriptionHtml text not null default '',
  status text not null default 'ACTIVE',
  vendor text not null default '',
  productType text not null default '',
  tags text not null default '[]',
  created_s integer not null,
  updated_s integer not null
);

create table if not exists variant (
  id integer primary key,
  product_id integer not null,
  options text not null,
  sku text,
  barcode text,
  price_minor integer not null default 0,
  taxable integer not null default 1,
  inventoryPolicy text not null default 'DENY',
  tracked integer not null default 0,
  requiresShipping integer not null default 1,
  weight text not null default '{"unit":"KILOGRAMS","value":0.0}',
  harmonizedSystemCode text,
  countryCodeOfOrigin text,
  created_s integer not null,
  updated_s integer not null,
  unique (product_id, options)
);

create table if not exists custom_id (
  kind text not null,
  namespace text not null,
  key text not null,
  value text not null,
  id integer not null,
  primary key (kind, namespace, key, value)
);
