-- CF_RELEASE_LINES v1: the lines of these orders.
--
-- Paste this into a new API export definition, and put the definition's number into the
-- connection's setting release_lines_definition. It reads and changes nothing.
--
-- One parameter, a text: @ids ids of orders with ~ between them.
--
-- "-- ?" marks a column whose name is not published: confirm it on this site, and change only
-- what stands before "as". The names after "as" are the contract with the connector.
-- itemGross is the price of one piece, lineGross that of the whole line, both with tax; lineTax is
-- the tax in it. qtyToSend is what has not left yet. string_split needs SQL Server 2016 or later.
select
  oli.oli_oh_id                     as orderId,
  oli.oli_id                        as lineId,
  vad.vad_variant_code              as sku,
  vad.vad_description               as title,
  oli.oli_qty                       as qty,                  -- ?
  oli.oli_qty_tbsent                as qtyToSend,
  oli.oli_item_gross                as itemGross,            -- ?
  oli.oli_line_gross                as lineGross,            -- ?
  oli.oli_line_tax                  as lineTax,              -- ?
  oli.oli_vr_id                     as taxRateId             -- ?
from order_line_item oli
join variant_detail vad on vad.vad_id = oli.oli_vad_id
where oli.oli_oh_id in (select value from string_split(@ids, '~'))
order by oli.oli_oh_id, oli.oli_id
