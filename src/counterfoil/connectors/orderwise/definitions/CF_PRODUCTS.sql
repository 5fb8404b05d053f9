-- CF_PRODUCTS v1: products and their variants, by their keys, or by when they were last amended.
--
-- Paste this into a new API export definition, and put the definition's number into the
-- connection's setting products_definition. It reads and changes nothing.
--
-- Parameters, all text: @keys keys with ~ between them, or empty; @since the server's local time,
-- such as 2026-10-05T08:00:00, from which on (inclusive) what was amended is listed, the oldest
-- change first; @after the place (below) within that very time after which the page begins, or -1;
-- @most how many rows a page has.
--
-- "-- ?" marks what is not published: confirm it on this site, and change only what stands before
-- "as". The names after "as" are the contract with the connector. A column that is marked "-- ? v1"
-- may be left out where the site has none.
-- weight is in the unit that the connection's setting weight_unit names. price is that of one piece
-- with VAT, as the shop shows it. string_split needs SQL Server 2016 or later.
with listed as (
  select
    concat('p', pd.pd_id)             as docKey,
    2 * pd.pd_id                      as place,
    ''                                as parentKey,
    pd.pd_product_code                as code,
    pd.pd_description                 as name,                 -- ?
    pd.pd_long_description            as description,          -- ? v1
    ''                                as barcode,
    null                              as price,
    null                              as weight,
    ''                                as commodityCode,
    ''                                as originCountry,
    ''                                as taxClass,
    coalesce((
      select min(convert(int, setting.vas_discontinued)) from variant_detail own
      join variant_setting setting on setting.vas_vad_id = own.vad_id
      where own.vad_pd_id = pd.pd_id
    ), 0)                             as discontinued,         -- once all its variants are
    0                                 as isKit,
    ''                                as mergedInto,           -- ? v1
    pd.pd_input_datetime              as createdAt,            -- ?
    pd.pd_last_amended_datetime       as amendedAt             -- ?
  from product_detail pd
  union all
  select
    concat('v', vad.vad_id),
    2 * vad.vad_id + 1,
    concat('p', vad.vad_pd_id),
    vad.vad_variant_code,
    vad.vad_description,
    vad.vad_abv_description,
    vad.vad_ean_code,                                          -- ?
    vsi.vsi_rsp_inc_vat,                                       -- ?
    vad.vad_weight,
    vad.vad_commodity_code,
    vad.vad_country_code_of_origin,
    vad.vad_vr_id,                                             -- ?
    vas.vas_discontinued,
    case when bom.vb_vad_id is null then 0 else 1 end,
    vad.vad_superseded_by,                                     -- ?
    vad.vad_input_datetime,
    vad.vad_last_amended_datetime
  from variant_detail vad
  join variant_setting vas on vas.vas_vad_id = vad.vad_id
  left join variant_sales_info vsi on vsi.vsi_vad_id = vad.vad_id
  left join variant_bom bom on bom.vb_vad_id = vad.vad_id
)
select top (convert(int, @most)) * from listed
where (@keys <> '' and docKey in (select value from string_split(@keys, '~')))
  or (@keys = '' and (amendedAt > @since or (amendedAt = @since and place > convert(int, @after))))
order by amendedAt, place
