-- CF_STOCK v1: what is free of each variant at each stock location, by variants, or by when it was
-- last calculated, or each that there is.
--
-- Paste this into a new API export definition, and put the definition's number into the
-- connection's setting stock_definition. It reads and changes nothing.
--
-- Parameters, all text: @skus variant codes with ~ between them, or empty; @since (inclusive) the
-- server's local time, such as 2026-10-05T08:00:00, or empty: then each level is given, by its
-- place; @after the place after which to go on, or -1; @most how many rows are given at most where
-- @skus is empty.
--
-- "-- ?" marks a column whose name is not published: confirm it on this site, and change only
-- what stands before "as". The names after "as" are the contract with the connector.
-- freeStock is what can be sold: what stands there less what is promised. It may be negative, and
-- a part of a unit. unit is the unit that both are counted in, as the site calls it.
-- string_split needs SQL Server 2016 or later.
select top (case when @skus = '' then convert(int, @most) else 1000000 end)
  vsl.vsl_id                        as place,                -- ? any number of the row's own
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
    and (
      (@since = '' and vsl.vsl_id > convert(int, @after))
      or (@since <> '' and vsl.vsl_last_calculated_datetime > @since)
      or (@since <> '' and vsl.vsl_last_calculated_datetime = @since
        and vsl.vsl_id > convert(int, @after))
    )
  )
order by case when @since = '' then null else vsl.vsl_last_calculated_datetime end, vsl.vsl_id
