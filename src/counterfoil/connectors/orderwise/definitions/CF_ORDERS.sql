-- CF_ORDERS v2: orders by the shop's references, or by when they were last amended.
--
-- Paste this into a new API export definition, and put the definition's number into the
-- connection's setting orders_definition. It reads and changes nothing.
--
-- Parameters, all text: @refs references with ~ between them, or empty; @since (inclusive) and
-- @until (exclusive) the server's local time, such as 2026-10-05T08:00:00, or empty.
--
-- "-- ?" marks a column whose name is not published: confirm it on this site, and change only
-- what stands before "as". The names after "as" are the contract with the connector. A column
-- that v2 brought ("-- ? v2") may be left out where the site has none: what is sent in it is then
-- named as not compared.
-- string_split needs SQL Server 2016 or later.
select
  oh.oh_id                          as owOrderId,
  oh.oh_order_number                as owOrderNo,
  oh.oh_ecommerce_order_number      as extRef,               -- ?
  oh.oh_cust_order_ref              as custRef,
  os.os_description                 as statusText,
  oh.oh_order_complete              as complete,
  oh.oh_cd_id                       as customerId,
  ohd.ohd_dm_id                     as deliveryMethodId,
  oh.oh_system_order_type           as orderType,            -- ? v2
  oh.oh_datetime                    as orderedAt,
  ohd.ohd_required_datetime         as requiredAt,           -- ? v2
  ohd.ohd_last_amended_datetime     as amendedAt,
  oh.oh_net                         as net,                  -- ?
  oh.oh_tax                         as tax,                  -- ?
  oh.oh_gross                       as gross,                -- ?
  ohd.ohd_delivery_gross            as deliveryGross,        -- ?
  ohd.ohd_special_instructions      as specialInstructions,  -- ? v2
  ohd.ohd_pm_id                     as paymentMethodId,      -- ? v2
  ohd.ohd_c_id                      as currencyId,           -- ? v2
  ohd.ohd_delivery_name             as deliveryName,         -- ?
  ohd.ohd_delivery_contact          as contactName,          -- ? v2
  ohd.ohd_delivery_address_1        as address1,             -- ? v2
  ohd.ohd_delivery_address_2        as address2,             -- ? v2
  ohd.ohd_delivery_address_3        as address3,             -- ? v2
  ohd.ohd_delivery_town             as town,                 -- ? v2
  ohd.ohd_delivery_county           as county,               -- ? v2
  ohd.ohd_delivery_country          as country,              -- ? v2
  ohd.ohd_delivery_postcode         as deliveryPostcode,     -- ?
  ohd.ohd_delivery_country_code     as deliveryCountryCode,  -- ?
  ohd.ohd_delivery_email            as email,                -- ?
  ohd.ohd_delivery_telephone        as telephone             -- ? v2
from order_header oh
join order_header_detail ohd on ohd.ohd_oh_id = oh.oh_id
join order_status os on os.os_id = oh.oh_os_id
where (
    @refs <> ''
    and oh.oh_ecommerce_order_number                         -- ?
      in (select value from string_split(@refs, '~'))
  )
  or (
    @refs = ''
    and ohd.ohd_last_amended_datetime >= @since
    and (@until = '' or ohd.ohd_last_amended_datetime < @until)
  )
order by oh.oh_id
