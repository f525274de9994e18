-- Every ledger transaction balances per currency, every entry has its account, and no amount is zero or less.
select 'transaction does not balance' as fault, e.tenant, e.transaction_id, a.currency,
       sum(case when e.debit then e.amount else -e.amount end) as debits_minus_credits
  from wallets.entries e
  join wallets.accounts a on a.tenant = e.tenant and a.id = e.account_id
 group by e.tenant, e.transaction_id, a.currency
having sum(case when e.debit then e.amount else -e.amount end) <> 0
union all
select 'entry without an account', e.tenant, e.transaction_id, null, e.amount
  from wallets.entries e
 where not exists (select from wallets.accounts a where a.tenant = e.tenant and a.id = e.account_id)
union all
select 'entry of zero or less', e.tenant, e.transaction_id, null, e.amount
  from wallets.entries e
 where e.amount <= 0
