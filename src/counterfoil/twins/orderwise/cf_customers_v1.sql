-- CF_CUSTOMERS v1: accounts by their codes, and those that have an e-mail address.
select
  cd_id as customerId,
  cd_account_number as accountNumber,
  cd_statement_name as statementName,
  cs_address1 as statementAddress1,
  cs_address2 as statementAddress2,
  cs_town as statementTown,
  cs_county as statementCounty,
  cs_postcode as statementPostcode,
  cs_country_code as statementCountryCode,
  cs_email as statementEmail,
  cs_telephone as statementTelephone,
  cs_vat_number as vatNumber
from customer_detail
join customer_statement on cs_cd_id = cd_id
where cd_account_number in (select value from string_split(@refs, '~') where value <> '')
   or lower(cs_email) in (select value from string_split(@emails, '~') where value <> '')
order by cd_id
