-- CF_DESPATCH v1: despatches by their ids, by when they were last amended, or by when they left.
--
-- Paste this into a new API export definition, and put the definition's number into the
-- connection's setting despatch_definition. It reads and changes nothing.
--
-- Parameters, all text: @ids ids of despatches with ~ between them, or empty; @by amended or left,
-- empty with @ids; @since (inclusive) and @until (exclusive) the server's local time, such as
-- 2026-10-05T08:00:00, or empty; @after: of those at @since only ids beyond this one, or empty;
-- @most how many despatches are given at most.
--
-- "-- ?" marks a column whose name is not published: confirm it on this site, and change only
-- what stands before "as". The names after "as" are the contract with the connector. A site that
-- keeps several consignments of one despatch gives a row for each: rows with one despatchId are
-- one despatch, and each other consignment is another parcel of it. A site that knows no moment of
-- a despatch's last change puts dh.dh_datetime there: a consignment that is entered later is then
-- found only as long as its despatch is listed (overlap_s of the route).
-- string_split needs SQL Server 2016 or later.
with page (dh_id, at) as (
  select top (convert(int, @most)) dh.dh_id, stamp.at
  from delivery_header dh
  cross apply (
    select case @by when 'left' then dh.dh_datetime
      else dh.dh_last_amended_datetime end                   -- ?
  ) stamp (at)
  where (@ids = '' or dh.dh_id in (select value from string_split(@ids, '~')))
    and (
      @since = '' or stamp.at > @since
      or (stamp.at = @since and (@after = '' or dh.dh_id > convert(int, @after)))
    )
    and (@until = '' or stamp.at < @until)
  order by stamp.at, dh.dh_id
)
select
  dh.dh_id                          as despatchId,           -- ?
  dh.dh_number                      as despatchNo,           -- ?
  oh.oh_id                          as owOrderId,
  oh.oh_order_number                as owOrderNo,
  ds.ds_description                 as statusText,           -- ?
  dh.dh_datetime                    as despatchedAt,
  dh.dh_last_amended_datetime       as amendedAt,            -- ?
  cod.cod_description               as courier,              -- ?
  dh.dh_consignment_number          as consignment,
  cod.cod_tracking_url_prefix + dh.dh_consignment_number + cod.cod_tracking_url_suffix as trackingUrl
from page
join delivery_header dh on dh.dh_id = page.dh_id
join order_header oh on oh.oh_id = dh.dh_oh_id
join delivery_status ds on ds.ds_id = dh.dh_ds_id            -- ?
left join delivery_method dm on dm.dm_id = dh.dh_dm_id       -- ?
left join courier_detail cod on cod.cod_id = dm.dm_cod_id
order by page.at, dh.dh_id
