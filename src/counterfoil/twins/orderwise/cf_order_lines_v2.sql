-- CF_ORDER_LINES v2: the lines of the orders that CF_ORDERS v2 finds with the same parameters.
with wanted (id) as (
  select oh_id from order_header
  where @refs <> '' and oh_ecommerce_order_number in (
    select value from json_each('[' || replace(json_quote(@refs), '~', '","') || ']')
  )
  union all
  select ohd_oh_id from order_header_detail
  where @refs = '' and ohd_last_amended_datetime >= @since
)
select
  oh_id as owOrderId,
  oh_ecommerce_order_number as extRef,
  oli_id as lineId,
  oli_item_number as itemNumber,
  vad_variant_code as sku,
  oli_qty as qty,
  oli_item_gross as itemGross,
  oli_line_gross as lineGross,
  oli_vr_id as taxRateId,
  oli_sl_id as stockLocationId
from wanted
join order_header on oh_id = id
join order_header_detail on ohd_oh_id = id
join order_line_item on oli_oh_id = id
join variant_detail on vad_id = oli_vad_id
where ohd_last_amended_datetime >= @since
  and (@until = '' or ohd_last_amended_datetime < @until)
order by oh_id, oli_id
