-- CF_CUSTOMERS v1: accounts by their codes, and those that have an e-mail address.
--
-- Paste this into a new API export definition, and put the definition's number into the
-- connection's setting customers_definition. It reads and changes nothing.
--
-- Two parameters, texts with ~ between their parts: @refs account numbers, @emails e-mail
-- addresses in small letters. A row is one account that is named by either.
--
-- "-- ?" marks a column whose name is not published: confirm it on this site, and change only
-- what stands before "as". The names after "as" are the contract with the connector; they are
-- those under which GET /customers shows the same. string_split needs SQL Server 2016 or later.
select
  cd.cd_id                          as customerId,
  cd.cd_account_number              as accountNumber,         -- ?
  cd.cd_statement_name              as statementName,         -- ?
  cd.cd_statement_address1          as statementAddress1,     -- ?
  cd.cd_statement_address2          as statementAddress2,     -- ?
  cd.cd_statement_town              as statementTown,         -- ?
  cd.cd_statement_county            as statementCounty,       -- ?
  cd.cd_statement_postcode          as statementPostcode,     -- ?
  cd.cd_statement_country_code      as statementCountryCode,  -- ?
  cd.cd_statement_email             as statementEmail,        -- ?
  cd.cd_statement_telephone         as statementTelephone,    -- ?
  cd.cd_vat_number                  as vatNumber              -- ?
from customer_detail cd
where rtrim(cd.cd_account_number) in (select value from string_split(@refs, '~') where value <> '')
   or lower(rtrim(cd.cd_statement_email))
      in (select value from string_split(@emails, '~') where value <> '')
order by cd.cd_id
