-- Of each ledger transaction, what creators and the tenant earned is the sum of its charges, and what was paid is too; no creator's share of a leaf passes its charge or has the other sign.
with earned as (
  select t.tenant, t.id, t.customer, t.generation, t.partition,
         t.from_offset, t.from_index, t.to_offset, t.to_index,
         coalesce(sum(case when e.debit then -e.amount else e.amount end)
           filter (where a.kind in ('creator_payable', 'tenant_revenue')), 0) as earned_nanos
    from wallets.ledger_transactions t
    join wallets.entries e on e.tenant = t.tenant and e.transaction_id = t.id
    join wallets.accounts a on a.tenant = e.tenant and a.id = e.account_id
   where t.kind = 'charges'
   group by t.tenant, t.id
), charged as (
  select e.tenant, e.id, sum(c.amount) as charged_nanos
    from earned e
    join rating.charges c
      on c.tenant = e.tenant and c.customer = e.customer
     and c.generation = e.generation and c.partition = e.partition
     and (c.log_offset, c.event_index) >= (e.from_offset, e.from_index)
     and (c.log_offset, c.event_index) < (e.to_offset, e.to_index)
   group by e.tenant, e.id
), shared as (
  select s.tenant, s.statement, s.leaf_index, s.amount_nanos,
         sum((share ->> 'amount')::numeric * 1000000000) as shared_nanos,
         bool_or(sign((share ->> 'amount')::numeric) = -sign(s.amount_nanos::numeric) and s.amount_nanos <> 0) as opposed
    from invoicing.statement_charges s, jsonb_array_elements(s.leaf::jsonb -> 'shares') as share
   group by s.tenant, s.statement, s.leaf_index
)
select 'earnings are not the charges' as fault, e.tenant, e.id::text as place,
       e.earned_nanos as found, coalesce(c.charged_nanos, 0) as charged
  from earned e
  left join charged c on c.tenant = e.tenant and c.id = e.id
 where e.earned_nanos <> coalesce(c.charged_nanos, 0)
union all
select 'shares pass their charge', s.tenant, s.statement || '/' || s.leaf_index,
       s.shared_nanos, s.amount_nanos
  from shared s
 where s.opposed or abs(s.shared_nanos) > abs(s.amount_nanos)
union all
select 'parts do not pay the charge', c.tenant,
       c.generation || '-' || c.partition || '-' || c.log_offset || '-' || c.event_index || '-' || c.n,
       sum(p.amount), c.amount
  from rating.charges c
  join wallets.charge_payments p
    on p.generation = c.generation and p.partition = c.partition and p.log_offset = c.log_offset
   and p.log_index = c.event_index and p.n = c.n
 group by c.tenant, c.generation, c.partition, c.log_offset, c.event_index, c.n, c.amount
having sum(p.amount) <> c.amount
