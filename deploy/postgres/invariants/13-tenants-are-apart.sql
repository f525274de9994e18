-- Row-level security is on and forced on every table of tenants, no API role passes it, and no row's tenant differs from its parent's.
select 'table of tenants without forced row-level security' as fault,
       n.nspname || '.' || c.relname as place, null as tenant
  from pg_class c
  join pg_namespace n on n.oid = c.relnamespace
 where n.nspname in ('catalog', 'rating', 'wallets', 'invoicing')
   and c.relkind in ('r', 'p')
   and exists (
     select from pg_attribute a
      where a.attrelid = c.oid and a.attname = 'tenant' and not a.attisdropped)
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
