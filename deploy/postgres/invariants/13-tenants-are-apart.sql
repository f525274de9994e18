-- Row-level security is on and forced on every table of tenants, no API role passes it, no row's tenant differs from its parent's, and every number of a charge has its name.
select 'table of tenants without forced row-level security' as fault,
       n.nspname || '.' || c.relname as place, null as tenant
  from pg_class c
  join pg_namespace n on n.oid = c.relnamespace
 where n.nspname in ('catalog', 'rating', 'wallets', 'invoicing')
   and c.relkind in ('r', 'p')
   and exists (
     select from pg_attribute a
      where a.attrelid = c.oid and a.attname in ('tenant', 'tenant_number') and not a.attisdropped)
   and not (c.relrowsecurity and c.relforcerowsecurity)
union all
select 'API role that passes row-level security', rolname, null
  from pg_roles
 where rolname ~ '_api$' and (rolbypassrls or rolsuper)
union all
select 'API role that owns a table', tableowner || ' owns ' || tablename, null
  from pg_tables
 where tableowner ~ '_api$'
union all
select 'entry without a transaction of its tenant', e.transaction_id::text, e.tenant
  from wallets.entries e
 where not exists (
   select from wallets.ledger_transactions t where t.tenant = e.tenant and t.id = e.transaction_id)
union all
select 'payment of a charge that its tenant does not have', p.log_offset || '-' || p.log_index, p.tenant
  from wallets.charge_payments p
 where not exists (
   select from rating.charges c
    where c.tenant = p.tenant and c.customer = p.customer and c.generation = p.generation
      and c.partition = p.partition and c.log_offset = p.log_offset
      and c.event_index = p.log_index and c.n = p.n)
union all
select 'charge with a number that names nothing, or something of another tenant',
       r.generation || '-' || r.partition || '-' || r.log_offset || '-' || r.event_index || '-' || r.n, t.tenant
  from rating.charge_rows r
  left join rating.charge_tenants t on t.number = r.tenant_number
  left join rating.charge_customers k on k.number = r.customer_number and k.tenant = t.tenant
  left join rating.charge_prices p on p.number = r.price_number and p.tenant = t.tenant
  left join rating.charge_sources s on s.number = r.source_number and s.tenant = t.tenant
 where t.number is null or k.number is null or p.number is null or s.number is null
union all
select 'charge without a billing period of its customer',
       c.generation || '-' || c.partition || '-' || c.log_offset || '-' || c.event_index || '-' || c.n, c.tenant
  from rating.charges c
 where c.usage_to is null or c.booking_to is null
union all
select 'leaf of another customer or tenant', s.statement, s.tenant
  from invoicing.statement_charges s
 where s.leaf::jsonb ->> 'tenant' <> s.tenant
union all
select 'invoice whose statement its tenant does not have', i.invoice, i.tenant
  from invoicing.invoices i
 where not exists (
   select from invoicing.statements s
    where s.tenant = i.tenant and s.statement = i.statement and s.customer = i.customer)
union all
select 'accumulator of a customer that its tenant does not have', a.customer, a.tenant
  from rating.accumulators a
 where not exists (
   select from rating.customers c where c.tenant = a.tenant and c.customer = a.customer)
