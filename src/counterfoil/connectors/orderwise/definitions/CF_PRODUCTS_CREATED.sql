-- CF_PRODUCTS_CREATED v1: products and variants by when they were made, for the count.
--
-- Paste this into a new API export definition, and put the definition's number into the
-- connection's setting products_created_definition. It reads and changes nothing.
--
-- Parameters, all text: @from (inclusive) and @to (exclusive) the server's local time, such as
-- 2026-10-05T08:00:00; @after the place (below) within that very time after which the page begins,
-- or -1; @most how many rows a page has. It goes by creation, so that it is another question than CF_PRODUCTS.
with made as (
  select
    concat('p', pd.pd_id)             as docKey,
    2 * pd.pd_id                      as place,
    pd.pd_product_code                as code,
    pd.pd_input_datetime              as createdAt,            -- ?
    pd.pd_last_amended_datetime       as amendedAt             -- ?
  from product_detail pd
  union all
  select
    concat('v', vad.vad_id),
    2 * vad.vad_id + 1,
    vad.vad_variant_code,
    vad.vad_input_datetime,
    vad.vad_last_amended_datetime
  from variant_detail vad
)
select top (convert(int, @most)) * from made
where createdAt < @to
  and (createdAt > @from or (createdAt = @from and place > convert(int, @after)))
order by createdAt, place
