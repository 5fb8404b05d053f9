-- CF_ORDER_LINES v2: the lines of the orders that CF_ORDERS v2 finds with the same parameters.
--
-- Paste this into a new API export definition, and put the definition's number into the
-- connection's setting lines_definition. It reads and changes nothing.
--
-- Parameters, all text: @refs references with ~ between them, or empty; @since (inclusive) and
-- @until (exclusive) the server's local time, such as 2026-10-05T08:00:00, or empty.
--
-- "-- ?" marks a column whose name is not published: confirm it on this site, and change only
-- what stands before "as". The names after "as" are the contract with the connector. A column
-- that v2 brought ("-- ? v2") may be left out where the site has none: what is sent in it is then
-- named as not compared.
-- itemGross is the price of one piece, lineGross that of the whole line, both with tax.
select
  oh.oh_id                        as owOrderId,
  oh.oh_ecommerce_order_number    as extRef,               -- ?
  oli.oli_id                      as lineId,
  oli.oli_item_number             as itemNumber,           -- ?
  vad.vad_variant_code            as sku,
  oli.oli_qty                     as qty,                  -- ?
  oli.oli_item_gross              as itemGross,            -- ?
  oli.oli_line_gross              as lineGross,            -- ?
  oli.oli_vr_id                   as taxRateId,            -- ?
  oli.oli_sl_id                   as stockLocationId       -- ? v2
from order_header oh
join order_header_detail ohd on ohd.ohd_oh_id = oh.oh_id
join order_line_item oli on oli.oli_oh_id = oh.oh_id
join variant_detail vad on vad.vad_id = oli.oli_vad_id
where (
    @refs <> ''
    and oh.oh_ecommerce_order_number                       -- ?
      in (select value from string_split(@refs, '~'))
  )
  or (
    @refs = ''
    and ohd.ohd_last_amended_datetime >= @since
    and (@until = '' or ohd.ohd_last_amended_datetime < @until)
  )
order by oh.oh_id, oli.oli_id
