-- CF_DESPATCH v1: despatches by id, by when they were last amended, or by when they left, @most of
-- them from @since on, beyond the id @after at that very moment; a row for each consignment.
with stamped as (
  select dh_id, case @by when 'left' then dh_datetime else dh_last_amended_datetime end as stamp
  from delivery_header
),
page as (
  select dh_id, stamp from stamped
  where (@ids = '' or cast(dh_id as text) in (select value from string_split(@ids, '~')))
    and (
      @since = '' or stamp > substr(@since, 1, 19)
      or (stamp = substr(@since, 1, 19) and (@after = '' or dh_id > cast(@after as integer)))
    )
    and (@until = '' or stamp < substr(@until, 1, 19))
  order by stamp, dh_id
  limit cast(@most as integer)
)
select
  page.dh_id as despatchId,
  dh_number as despatchNo,
  oh_id as owOrderId,
  oh_order_number as owOrderNo,
  ds_description as statusText,
  dh_datetime as despatchedAt,
  dh_last_amended_datetime as amendedAt,
  cod_description as courier,
  dp_consignment_number as consignment,
  cod_tracking_url_prefix || dp_consignment_number || cod_tracking_url_suffix as trackingUrl
from page
join delivery_header using (dh_id)
join order_header on oh_id = dh_oh_id
join delivery_status on ds_id = dh_ds_id
left join delivery_method on dm_id = dh_dm_id
left join courier_detail on cod_id = dm_cod_id
left join delivery_parcel on dp_dh_id = page.dh_id
order by stamp, page.dh_id, dp_id
