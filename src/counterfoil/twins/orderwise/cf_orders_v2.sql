-- CF_ORDERS v2: orders by channel reference, or by when they were last amended.
-- @refs: references joined by ~, or empty. @since (from, inclusive) and @until (to, exclusive):
-- the server's local time, or empty. On SQL Server the inner select is STRING_SPLIT(@refs, '~').
with wanted (id) as (
  select oh_id from order_header
  where @refs <> '' and oh_ecommerce_order_number in (
    select value from json_each('[' || replace(json_quote(@refs), '~', '","') || ']')
  )
  union all
  select ohd_oh_id from order_header_detail
  where @refs = '' and ohd_last_amended_datetime >= @since
)
select
  oh_id as owOrderId,
  oh_order_number as owOrderNo,
  oh_ecommerce_order_number as extRef,
  oh_cust_order_ref as custRef,
  os_description as statusText,
  oh_order_complete as complete,
  oh_cd_id as customerId,
  ohd_dm_id as deliveryMethodId,
  oh_system_order_type as orderType,
  oh_datetime as orderedAt,
  ohd_required_datetime as requiredAt,
  ohd_last_amended_datetime as amendedAt,
  oh_net as net,
  oh_tax as tax,
  oh_gross as gross,
  ohd_delivery_gross as deliveryGross,
  ohd_special_instructions as specialInstructions,
  ohd_pm_id as paymentMethodId,
  ohd_c_id as currencyId,
  ohd_delivery_name as deliveryName,
  ohd_delivery_contact as contactName,
  ohd_delivery_address_1 as address1,
  ohd_delivery_address_2 as address2,
  ohd_delivery_address_3 as address3,
  ohd_delivery_town as town,
  ohd_delivery_county as county,
  ohd_delivery_country as country,
  ohd_delivery_postcode as deliveryPostcode,
  ohd_delivery_country_code as deliveryCountryCode,
  ohd_delivery_email as email,
  ohd_delivery_telephone as telephone
from wanted
join order_header on oh_id = id
join order_header_detail on ohd_oh_id = id
join order_status on os_id = oh_os_id
where ohd_last_amended_datetime >= @since
  and (@until = '' or ohd_last_amended_datetime < @until)
order by oh_id
