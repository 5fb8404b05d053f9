-- CF_RELEASE v1: orders by id, by when they were last amended, or by when they were entered, @most
-- of them from @since on, beyond the id @after at that very moment.
with stamped as (
  select oh_id, case @by when 'entered' then oh_input_datetime else ohd_last_amended_datetime end
    as stamp
  from order_header join order_header_detail on ohd_oh_id = oh_id
),
page as (
  select oh_id, stamp from stamped
  where (@ids = '' or cast(oh_id as text) in (select value from string_split(@ids, '~')))
    and (
      @since = '' or stamp > substr(@since, 1, 19)
      or (stamp = substr(@since, 1, 19) and (@after = '' or oh_id > cast(@after as integer)))
    )
    and (@until = '' or stamp < substr(@until, 1, 19))
  order by stamp, oh_id
  limit cast(@most as integer)
)
select
  page.oh_id as orderId,
  oh_order_number as orderNo,
  oh_ecommerce_order_number as extRef,
  oh_cust_order_ref as custRef,
  os_description as statusText,
  oh_system_order_type as orderType,
  oh_datetime as orderedAt,
  oh_input_datetime as enteredAt,
  ohd_last_amended_datetime as amendedAt,
  ohd_c_id as currencyId,
  oh_gross as gross,
  oh_tax as tax,
  ohd_delivery_gross as deliveryGross,
  ohd_delivery_tax as deliveryTax,
  dm_description as deliveryMethod,
  pm_description as paymentMethod,
  ohd_special_instructions as specialInstructions,
  ohd_delivery_name as deliveryName,
  ohd_delivery_contact as contactName,
  ohd_delivery_address_1 as address1,
  ohd_delivery_address_2 as address2,
  ohd_delivery_address_3 as address3,
  ohd_delivery_town as town,
  ohd_delivery_county as county,
  ohd_delivery_postcode as deliveryPostcode,
  ohd_delivery_country_code as deliveryCountryCode,
  ohd_delivery_email as email,
  ohd_delivery_telephone as telephone
from page
join order_header using (oh_id)
join order_header_detail on ohd_oh_id = oh_id
join order_status on os_id = oh_os_id
left join delivery_method on dm_id = ohd_dm_id
left join payment_method on pm_id = ohd_pm_id
order by stamp, oh_id
