-- CF_STOCK v1: what is free of each variant at each stock location, or what has changed since.
--
-- Paste this into a new API export definition, and put the definition's number into the
-- connection's setting stock_definition. It reads and changes nothing.
--
-- Parameters, all text: @skus variant codes with ~ between them, or empty; @since (inclusive) the
-- server's local time, such as 2026-10-05T08:00:00, or empty: then every level is given.
--
-- "-- ?" marks a column whose name is not published: confirm it on this site, and change only
-- what stands before "as". The names after "as" are the contract with the connector.
-- freeStock is what can be sold: what stands there less what is promised. It may be negative, and
-- a part of a unit. unit is the unit that both are counted in, as the site calls it.
-- string_split needs SQL Server 2016 or later.
select
  vad.vad_variant_code              as sku,
  vsl.vsl_sl_id                     as locationId,
  vsl.vsl_free_stock_quantity       as freeStock,
  vsl.vsl_overall_stock_quantity    as overallStock,
  vad.vad_uom                       as unit,
  vsl.vsl_last_calculated_datetime  as calculatedAt          -- ?
from variant_stock_location vsl
join variant_detail vad on vad.vad_id = vsl.vsl_vad_id
where (
    @skus <> ''
    and vad.vad_variant_code in (select value from string_split(@skus, '~'))
  )
  or (
    @skus = ''
    and (@since = '' or vsl.vsl_last_calculated_datetime >= @since)  -- ?
  )
order by vsl.vsl_last_calculated_datetime, vad.vad_variant_code, vsl.vsl_sl_id -- ?
