-- A finalized invoice's hash is that of its bytes, numbers are 1 to n per series, and dates do not decrease.
with numbered as (
  select tenant, invoice, number, issue_date,
         row_number() over series as expected, lag(issue_date) over series as date_before
    from invoicing.invoices
  window series as (partition by tenant order by number)
)
select 'bytes are not those that were hashed' as fault, tenant, invoice, number
  from invoicing.invoices
 where sha256(convert_to(document, 'UTF8')) <> document_hash
union all
select 'number is not the next of its series', tenant, invoice, number
  from numbered where number <> expected
union all
select 'date is before that of the number before', tenant, invoice, number
  from numbered where issue_date < date_before
union all
select 'series ends elsewhere than its counter', s.tenant, null, s.last_number
  from invoicing.invoice_series s
 where s.last_number <> (select count(*) from invoicing.invoices i where i.tenant = s.tenant)
