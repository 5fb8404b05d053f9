-- CF_DESPATCHED v1: despatches by the references under which a warehouse told them.
--
-- Paste this into a new API export definition, and put the definition's number into the
-- connection's setting despatched_definition. It reads and changes nothing.
--
-- One parameter, a text: @refs references with ~ between them.
--
-- "-- ?" marks a column whose name is not published: confirm it on this site, and change only
-- what stands before "as". The names after "as" are the contract with the connector. One row a
-- despatch: a site that keeps several consignments joins them with a comma and a blank.
-- What it holds CF_DESPATCH_LINES tells. string_split needs SQL Server 2016 or later.
select
  dh.dh_id                          as despatchId,           -- ?
  dh.dh_number                      as despatchNo,           -- ?
  dh.dh_external_reference          as reference,            -- ?
  dh.dh_oh_id                       as owOrderId,
  ds.ds_description                 as statusText,           -- ?
  dh.dh_datetime                    as despatchedAt,
  dh.dh_dm_id                       as deliveryMethodId,     -- ?
  dh.dh_consignment_number          as consignments,
  (select sum(dl.dl_qty) from delivery_line_item dl          -- ?
    where dl.dl_dh_id = dh.dh_id)   as pieces                -- ?
from delivery_header dh
join delivery_status ds on ds.ds_id = dh.dh_ds_id            -- ?
where dh.dh_external_reference in (select value from string_split(@refs, '~'))  -- ?
order by dh.dh_id
