-- CF_DESPATCH_LINES v1: what these despatches hold.
select
  dl_dh_id as despatchId,
  dl_id as lineId,
  vad_variant_code as sku,
  dl_qty as qtySent
from delivery_line_item
join order_line_item on oli_id = dl_oli_id
join variant_detail on vad_id = oli_vad_id
where cast(dl_dh_id as text) in (select value from string_split(@ids, '~'))
order by dl_dh_id, dl_id
