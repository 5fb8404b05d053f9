-- CF_DESPATCH_LINES v1: what these despatches hold.
--
-- Paste this into a new API export definition, and put the definition's number into the
-- connection's setting despatch_lines_definition. It reads and changes nothing.
--
-- One parameter, a text: @ids ids of despatches with ~ between them.
--
-- "-- ?" marks a column whose name is not published: confirm it on this site, and change only
-- what stands before "as". The names after "as" are the contract with the connector.
-- qtySent is what left, in pieces; a line of which nothing left may stand there with 0.
-- string_split needs SQL Server 2016 or later.
select
  dl.dl_dh_id                       as despatchId,           -- ?
  dl.dl_id                          as lineId,               -- ?
  vad.vad_variant_code              as sku,
  dl.dl_qty                         as qtySent               -- ?
from delivery_line_item dl                                   -- ?
join order_line_item oli on oli.oli_id = dl.dl_oli_id        -- ?
join variant_detail vad on vad.vad_id = oli.oli_vad_id
where dl.dl_dh_id in (select value from string_split(@ids, '~'))
order by dl.dl_dh_id, dl.dl_id
