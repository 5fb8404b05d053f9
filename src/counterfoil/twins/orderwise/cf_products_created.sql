-- CF_PRODUCTS_CREATED v1: products and variants by when they were made.
with made as (
  select
    'p' || pd_id as docKey, 2 * pd_id as place, pd_product_code as code,
    pd_input_datetime as createdAt, pd_last_amended_datetime as amendedAt
  from product_detail
  union all
  select
    'v' || vad_id, 2 * vad_id + 1, vad_variant_code, vad_input_datetime, vad_last_amended_datetime
  from variant_detail where vad_pd_id is not null
)
select * from made
where createdAt < @to
  and (createdAt > @from or (createdAt = @from and place > cast(@after as integer)))
order by createdAt, place
limit cast(@most as integer)
