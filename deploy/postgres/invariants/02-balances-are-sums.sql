-- Every stored balance is the sum of its account's entries, by the partition that they came from.
with summed as (
  select e.tenant, e.account_id, t.partition,
         sum(case when e.debit then e.amount else -e.amount end) as debits_minus_credits
    from wallets.entries e
    join wallets.ledger_transactions t on t.tenant = e.tenant and t.id = e.transaction_id
   group by e.tenant, e.account_id, t.partition
)
select coalesce(b.tenant, s.tenant) as tenant, coalesce(b.account_id, s.account_id) as account_id,
       coalesce(b.partition, s.partition) as partition,
       b.debits_minus_credits as stored, s.debits_minus_credits as summed
  from wallets.balances b
  full join summed s
    on s.tenant = b.tenant and s.account_id = b.account_id and s.partition = b.partition
 where coalesce(b.debits_minus_credits, 0) <> coalesce(s.debits_minus_credits, 0)
