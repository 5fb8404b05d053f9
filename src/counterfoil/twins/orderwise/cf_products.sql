-- CF_PRODUCTS v1: products and their variants, by keys joined by ~, or by when they were amended.
with listed as (
  select
    'p' || pd_id as docKey, 2 * pd_id as place, '' as parentKey, pd_product_code as code,
    pd_description as name, pd_long_description as description, '' as barcode, null as price,
    null as weight, '' as commodityCode, '' as originCountry, '' as taxClass,
    coalesce(
      (select min(vad_discontinued) from variant_detail where vad_pd_id = pd_id), 0
    ) as discontinued,
    0 as isKit, '' as mergedInto, pd_input_datetime as createdAt,
    pd_last_amended_datetime as amendedAt
  from product_detail
  union all
  select
    'v' || vad_id, 2 * vad_id + 1, 'p' || vad_pd_id, vad_variant_code, vad_description,
    vad_abv_description, vad_ean_code, vad_rsp_inc_vat, vad_weight, vad_commodity_code,
    vad_country_code_of_origin, vad_vr_id, vad_discontinued,
    exists (select 1 from variant_bom_component where vbc_kit_vad_id = vad_id),
    vad_superseded_by, vad_input_datetime, vad_last_amended_datetime
  from variant_detail where vad_pd_id is not null
)
select * from listed
where (@keys <> '' and docKey in (select value from string_split(@keys, '~')))
  or (@keys = '' and (amendedAt > @since or (amendedAt = @since and place > cast(@after as integer))))
order by amendedAt, place
limit cast(@most as integer)
