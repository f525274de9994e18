-- Nobody who runs may change or delete what was posted: there is no such grant on ledger_transactions and entries.
grant select on customers, charge_payments to wallets_api;
grant select, insert on accounts, ledger_transactions, entries, grants to wallets_api;
grant select, insert, update on balances, wallets to wallets_api;
grant select, insert, update, delete on idempotency_keys to wallets_api;
grant usage on sequence ledger_transaction_ids to wallets_api;

grant select, insert on accounts, ledger_transactions, entries, charge_payments to wallets_batch;
grant select, insert, update on partition_offsets, customers, balances, wallets, barrier_tallies, paid_messages
  to wallets_batch;
grant select, update (state) on grants to wallets_batch;
grant select, delete on idempotency_keys to wallets_batch;
grant usage on sequence ledger_transaction_ids to wallets_batch;
