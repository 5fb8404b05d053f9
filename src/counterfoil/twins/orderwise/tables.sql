-- The part of an OrderWise database that this twin remembers.
-- Table names, and column names where public export definitions show them, are OrderWise's own;
-- the rest stands for what a site confirms. Amounts are whole pennies, times the server's local.

create table if not exists order_status (
  os_id integer primary key,
  os_description text not null
);

create table if not exists customer_detail (
  cd_id integer primary key,
  cd_account_number text not null,
  cd_statement_name text not null
);

-- What is told of a customer beside its name; cs_at_s is when it was told last, 0: from the beginning.
create table if not exists customer_statement (
  cs_cd_id integer primary key,
  cs_at_s integer not null,
  cs_address1 text not null default '',
  cs_address2 text not null default '',
  cs_town text not null default '',
  cs_county text not null default '',
  cs_postcode text not null default '',
  cs_country_code text not null default '',
  cs_email text not null default '',
  cs_telephone text not null default '',
  cs_vat_number text not null default ''
);

create table if not exists payment_method (
  pm_id integer primary key,
  pm_description text not null
);

create table if not exists delivery_method (
  dm_id integer primary key,
  dm_description text not null,
  dm_cod_id integer
);

create table if not exists courier_detail (
  cod_id integer primary key,
  cod_description text not null,
  cod_tracking_url_prefix text not null,
  cod_tracking_url_suffix text not null
);

create table if not exists delivery_status (
  ds_id integer primary key,
  ds_description text not null
);

create table if not exists delivery_header (
  dh_id integer primary key,
  dh_number text not null,
  dh_external_reference text not null default '',
  dh_oh_id integer not null,
  dh_ds_id integer not null,
  dh_dm_id integer not null,
  dh_datetime text not null,
  dh_last_amended_datetime text not null
);

-- Not unique: nothing is known of what a second despatch under one reference becomes.
create index if not exists delivery_header_reference on delivery_header (dh_external_reference);

create table if not exists delivery_line_item (
  dl_id integer primary key,
  dl_dh_id integer not null,
  dl_oli_id integer not null,
  dl_qty integer not null
);

create index if not exists delivery_line_item_despatch on delivery_line_item (dl_dh_id);

-- This site keeps the consignments of a despatch apart, one a parcel.
create table if not exists delivery_parcel (
  dp_id integer primary key,
  dp_dh_id integer not null,
  dp_consignment_number text not null
);

create table if not exists product_detail (
  pd_id integer primary key,
  pd_product_code text not null unique,
  pd_description text not null,
  pd_long_description text not null default '',
  pd_input_datetime text not null,
  pd_last_amended_datetime text not null
);

-- A code that only an order ever named has no product, and nothing else is known of it.
create table if not exists variant_detail (
  vad_id integer primary key,
  vad_variant_code text not null unique,
  vad_pd_id integer,
  vad_description text not null default '',
  vad_abv_description text not null default '',
  vad_ean_code text not null default '',
  vad_rsp_inc_vat integer,
  vad_weight real,
  vad_commodity_code text not null default '',
  vad_country_code_of_origin text not null default '',
  vad_vr_id integer not null default 1,
  vad_uom text not null default '',
  vad_discontinued integer not null default 0,
  vad_superseded_by text not null default '',
  vad_input_datetime text not null default '',
  vad_last_amended_datetime text not null default ''
);
create index if not exists variant_detail_product on variant_detail (vad_pd_id);

create table if not exists variant_bom_component (
  vbc_id integer primary key,
  vbc_kit_vad_id integer not null,
  vbc_vad_id integer not null,
  vbc_quantity integer not null
);
create index if not exists variant_bom_component_kit on variant_bom_component (vbc_kit_vad_id);

-- In thousandths of the variant's unit. Free is what stands there less what is promised.
create table if not exists variant_stock_location (
  vsl_vad_id integer not null,
  vsl_sl_id integer not null,
  vsl_free_stock_quantity integer not null,
  vsl_overall_stock_quantity integer not null,
  vsl_last_calculated_datetime text not null,
  primary key (vsl_vad_id, vsl_sl_id)
);

create table if not exists order_header (
  oh_id integer primary key,
  oh_order_number text not null,
  oh_os_id integer not null,
  oh_cd_id integer not null,
  oh_system_order_type integer not null,
  oh_ecommerce_order_number text not null,
  oh_cust_order_ref text not null,
  oh_datetime text not null,
  oh_input_datetime text not null,
  oh_order_complete integer not null,
  oh_net integer not null,
  oh_tax integer not null,
  oh_gross integer not null
);

-- Not unique: OrderWise is not known to refuse the same reference twice.
create index if not exists order_header_reference on order_header (oh_ecommerce_order_number);

create table if not exists order_header_detail (
  ohd_oh_id integer primary key,
  ohd_dm_id integer not null,
  ohd_last_amended_datetime text not null,
  ohd_required_datetime text,
  ohd_c_id integer,
  ohd_delivery_gross integer not null,
  ohd_delivery_tax integer not null,
  ohd_special_instructions text not null,
  ohd_pm_id integer,
  ohd_delivery_name text not null,
  ohd_delivery_contact text not null,
  ohd_delivery_address_1 text not null,
  ohd_delivery_address_2 text not null,
  ohd_delivery_address_3 text not null,
  ohd_delivery_town text not null,
  ohd_delivery_county text not null,
  ohd_delivery_country text not null,
  ohd_delivery_postcode text not null,
  ohd_delivery_country_code text not null,
  ohd_delivery_email text not null,
  ohd_delivery_telephone text not null
);

create index if not exists order_header_detail_amended
  on order_header_detail (ohd_last_amended_datetime);

create table if not exists order_line_item (
  oli_id integer primary key,
  oli_oh_id integer not null,
  oli_vad_id integer not null,
  oli_item_number integer not null,
  oli_qty integer not null,
  oli_qty_tbsent integer not null,
  oli_item_gross integer not null,
  oli_line_gross integer not null,
  oli_line_tax integer not null,
  oli_vr_id integer not null,
  oli_sl_id integer not null
);

create index if not exists order_line_item_order on order_line_item (oli_oh_id);

-- What is ordered is promised: where there is too little of it, the free stock is negative.
create trigger if not exists order_line_item_promised after insert on order_line_item
when (select oh_system_order_type from order_header where oh_id = new.oli_oh_id) <> 4 begin
  update variant_stock_location
  set vsl_free_stock_quantity = vsl_free_stock_quantity - 1000 * new.oli_qty,
      vsl_last_calculated_datetime = (
        select ohd_last_amended_datetime from order_header_detail where ohd_oh_id = new.oli_oh_id
      )
  where vsl_vad_id = new.oli_vad_id and vsl_sl_id = new.oli_sl_id;
end;

-- What is credited has come back to the location that its line names.
create trigger if not exists order_line_item_back after insert on order_line_item
when (select oh_system_order_type from order_header where oh_id = new.oli_oh_id) = 4 begin
  update variant_stock_location
  set vsl_free_stock_quantity = vsl_free_stock_quantity + 1000 * new.oli_qty,
      vsl_overall_stock_quantity = vsl_overall_stock_quantity + 1000 * new.oli_qty,
      vsl_last_calculated_datetime = (
        select ohd_last_amended_datetime from order_header_detail where ohd_oh_id = new.oli_oh_id
      )
  where vsl_vad_id = new.oli_vad_id and vsl_sl_id = new.oli_sl_id;
end;

-- An order of which a warehouse tells stands by what of it is still to be sent.
create trigger if not exists order_stands after update of dh_last_amended_datetime
on delivery_header when new.dh_external_reference <> '' begin
  update order_header set oh_os_id = coalesce(
    (select os_id from order_status where os_description = (
      select case sum(oli_qty_tbsent) when 0 then 'Completed' when sum(oli_qty)
        then 'Awaiting despatch' else 'Partially despatched' end
      from order_line_item where oli_oh_id = new.dh_oh_id)), oh_os_id)
  where oh_id = new.dh_oh_id;
  update order_header_detail set ohd_last_amended_datetime = new.dh_last_amended_datetime
  where ohd_oh_id = new.dh_oh_id;
end;

-- What each order was when it came, before anything was stored otherwise: for whoever checks.
create table if not exists twin_received (
  oh_id integer primary key,
  placed blob not null
);

create view if not exists landed (reference, unit, amount) as
  select oh_ecommerce_order_number, ohd_c_id, oh_gross
  from order_header join order_header_detail on ohd_oh_id = oh_id
  where oh_system_order_type <> 4;
