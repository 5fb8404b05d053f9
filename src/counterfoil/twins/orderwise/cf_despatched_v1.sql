-- CF_DESPATCHED v1: despatches by the references under which a warehouse told them.
select
  dh_id as despatchId,
  dh_number as despatchNo,
  dh_external_reference as reference,
  dh_oh_id as owOrderId,
  ds_description as statusText,
  dh_datetime as despatchedAt,
  dh_dm_id as deliveryMethodId,
  (select group_concat(number, ', ') from (select dp_consignment_number as number
    from delivery_parcel where dp_dh_id = dh_id order by dp_id)) as consignments,
  (select sum(dl_qty) from delivery_line_item where dl_dh_id = dh_id) as pieces
from delivery_header
join delivery_status on ds_id = dh_ds_id
where dh_external_reference <> ''
  and dh_external_reference in (select value from string_split(@refs, '~'))
order by dh_id
