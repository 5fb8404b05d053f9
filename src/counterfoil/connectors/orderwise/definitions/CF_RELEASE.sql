-- CF_RELEASE v1: orders by their ids, by when they were last amended, or by when they were entered.
--
-- Paste this into a new API export definition, and put the definition's number into the
-- connection's setting release_definition. It reads and changes nothing.
--
-- Parameters, all text: @ids ids of orders with ~ between them, or empty; @by amended or entered,
-- empty with @ids; @since (inclusive) and @until (exclusive) the server's local time, such as
-- 2026-10-05T08:00:00, or empty; @after: of those at @since only ids beyond this one, or empty;
-- @most how many orders are given at most.
--
-- "-- ?" marks a column whose name is not published: confirm it on this site, and change only
-- what stands before "as". The names after "as" are the contract with the connector. A site that
-- knows no moment of an order's entry puts oh.oh_datetime there, which is its date. Whether a change
-- of status moves the moment of the last amendment is published nowhere: confirm it as well.
-- string_split needs SQL Server 2016 or later.
with page (oh_id, at) as (
  select top (convert(int, @most)) oh.oh_id, stamp.at
  from order_header oh
  join order_header_detail ohd on ohd.ohd_oh_id = oh.oh_id
  cross apply (
    select case @by when 'entered' then oh.oh_input_datetime -- ?
      else ohd.ohd_last_amended_datetime end
  ) stamp (at)
  where (@ids = '' or oh.oh_id in (select value from string_split(@ids, '~')))
    and (
      @since = '' or stamp.at > @since
      or (stamp.at = @since and (@after = '' or oh.oh_id > convert(int, @after)))
    )
    and (@until = '' or stamp.at < @until)
  order by stamp.at, oh.oh_id
)
select
  oh.oh_id                          as orderId,
  oh.oh_order_number                as orderNo,
  oh.oh_ecommerce_order_number      as extRef,               -- ?
  oh.oh_cust_order_ref              as custRef,
  os.os_description                 as statusText,
  oh.oh_system_order_type           as orderType,            -- ?
  oh.oh_datetime                    as orderedAt,
  oh.oh_input_datetime              as enteredAt,            -- ?
  ohd.ohd_last_amended_datetime     as amendedAt,
  ohd.ohd_c_id                      as currencyId,           -- ?
  oh.oh_gross                       as gross,                -- ?
  oh.oh_tax                         as tax,                  -- ?
  ohd.ohd_delivery_gross            as deliveryGross,        -- ?
  ohd.ohd_delivery_tax              as deliveryTax,          -- ?
  dm.dm_description                 as deliveryMethod,       -- ?
  pm.pm_description                 as paymentMethod,        -- ?
  ohd.ohd_special_instructions      as specialInstructions,  -- ?
  ohd.ohd_delivery_name             as deliveryName,         -- ?
  ohd.ohd_delivery_contact          as contactName,          -- ?
  ohd.ohd_delivery_address_1        as address1,             -- ?
  ohd.ohd_delivery_address_2        as address2,             -- ?
  ohd.ohd_delivery_address_3        as address3,             -- ?
  ohd.ohd_delivery_town             as town,                 -- ?
  ohd.ohd_delivery_county           as county,               -- ?
  ohd.ohd_delivery_postcode         as deliveryPostcode,     -- ?
  ohd.ohd_delivery_country_code     as deliveryCountryCode,  -- ?
  ohd.ohd_delivery_email            as email,                -- ?
  ohd.ohd_delivery_telephone        as telephone             -- ?
from page
join order_header oh on oh.oh_id = page.oh_id
join order_header_detail ohd on ohd.ohd_oh_id = oh.oh_id
join order_status os on os.os_id = oh.oh_os_id
left join delivery_method dm on dm.dm_id = ohd.ohd_dm_id
left join payment_method pm on pm.pm_id = ohd.ohd_pm_id      -- ?
order by page.at, oh.oh_id
