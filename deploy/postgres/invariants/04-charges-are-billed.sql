-- The charges of a sealed period sum to its statement; a customer's statements sum to what grants paid, invoices settled, and what is carried forward or open.
with busy as (
  -- A run that is drafting or finalizing has statements whose invoices are still to come.
  select distinct tenant from invoicing.cycle_runs where state in ('drafting', 'review', 'finalizing')
), charged as (
  select tenant, customer, currency, booking_from, booking_to, count(*) as charges, sum(amount) as sum_nanos
    from rating.charges
   group by tenant, customer, currency, booking_from, booking_to
), stated as (
  select s.tenant, s.customer, s.currency, sum(s.sum_nanos) as sum_nanos
    from invoicing.statements s
    join invoicing.run_statements r on r.tenant = s.tenant and r.statement = s.statement
    join invoicing.cycle_runs c on c.tenant = r.tenant and c.run = r.run and c.state = 'finalized'
   group by s.tenant, s.customer, s.currency
), paid as (
  select s.tenant, s.customer, s.currency, sum(p.wallet_nanos) as sum_nanos
    from invoicing.period_payments p
    join invoicing.statements s on s.tenant = p.tenant and s.statement = p.statement
    join invoicing.run_statements r on r.tenant = s.tenant and r.statement = s.statement
    join invoicing.cycle_runs c on c.tenant = r.tenant and c.run = r.run and c.state = 'finalized'
   group by s.tenant, s.customer, s.currency
), settled as (
  select i.tenant, i.customer, i.currency,
         sum(((t ->> 'net')::numeric
              + case when (t ->> 'included')::boolean then (t ->> 'tax')::numeric else 0 end) * 1000000000)
           as sum_nanos
    from invoicing.invoices i, jsonb_array_elements(i.document::jsonb -> 'taxes') as t
   group by i.tenant, i.customer, i.currency
), left_open as (
  select tenant, customer, currency, sum(residual_nanos + carried_forward_nanos) as sum_nanos
    from invoicing.balances
   group by tenant, customer, currency
)
select 'statement is not the sum of its charges' as fault, s.tenant, s.customer, s.currency,
       s.statement, s.sum_nanos as stated, c.sum_nanos as found
  from invoicing.statements s
  left join charged c
    on c.tenant = s.tenant and c.customer = s.customer and c.currency = s.currency
   and c.booking_from = s.booking_from_micros and c.booking_to = s.booking_to_micros
 where c.charges is distinct from s.charges or c.sum_nanos is distinct from s.sum_nanos
union all
select 'statements are not what was paid, settled and left open', s.tenant, s.customer, s.currency,
       null, s.sum_nanos,
       coalesce(p.sum_nanos, 0) + coalesce(i.sum_nanos, 0) + coalesce(o.sum_nanos, 0)
  from stated s
  left join paid p on p.tenant = s.tenant and p.customer = s.customer and p.currency = s.currency
  left join settled i on i.tenant = s.tenant and i.customer = s.customer and i.currency = s.currency
  left join left_open o on o.tenant = s.tenant and o.customer = s.customer and o.currency = s.currency
 where s.tenant not in (select tenant from busy)
   and s.sum_nanos <> coalesce(p.sum_nanos, 0) + coalesce(i.sum_nanos, 0) + coalesce(o.sum_nanos, 0)
