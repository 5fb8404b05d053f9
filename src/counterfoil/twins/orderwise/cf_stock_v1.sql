-- CF_STOCK v1: what is free of each variant at each location, by variants, or by when it changed.
select
  variant_stock_location.rowid as place,
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
  or (@skus = '' and (
    (@since = '' and place > cast(@after as integer))
    or (@since <> '' and calculatedAt > @since)
    or (@since <> '' and calculatedAt = @since and place > cast(@after as integer))
  ))
order by case when @since = '' then null else calculatedAt end, place
limit case when @skus = '' then cast(@most as integer) else -1 end
