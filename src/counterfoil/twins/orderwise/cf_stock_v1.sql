-- CF_STOCK v1: what is free of each variant at each stock location, or what has changed since.
select
  vad_variant_code as sku,
  vsl_sl_id as locationId,
  vsl_free_stock_quantity as freeStock,
  vsl_overall_stock_quantity as overallStock,
  vad_uom as unit,
  vsl_last_calculated_datetime as calculatedAt
from variant_stock_location
join variant_detail on vad_id = vsl_vad_id
where (
    @skus <> '' and vad_variant_code in (
      select value from json_each('[' || replace(json_quote(@skus), '~', '","') || ']')
    )
  )
  or (@skus = '' and vsl_last_calculated_datetime >= @since)
order by vsl_last_calculated_datetime, vad_variant_code, vsl_sl_id
