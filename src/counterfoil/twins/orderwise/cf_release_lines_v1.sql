-- CF_RELEASE_LINES v1: the lines of these orders.
select
  oli_oh_id as orderId,
  oli_id as lineId,
  vad_variant_code as sku,
  vad_description as title,
  oli_qty as qty,
  oli_qty_tbsent as qtyToSend,
  oli_item_gross as itemGross,
  oli_line_gross as lineGross,
  oli_line_tax as lineTax,
  oli_vr_id as taxRateId
from order_line_item
join variant_detail on vad_id = oli_vad_id
where cast(oli_oh_id as text) in (select value from string_split(@ids, '~'))
order by oli_oh_id, oli_id
