import type { Transaction } from '@farthing/adapters/postgres/transaction';
import { accountKey, type Account } from '@farthing/domain/ledger/account';
import { entriesOf, signedAmount } from '@farthing/domain/ledger/balance';
import { ensureAccounts, type AccountIds } from './accounts.repository.js';
import type { LedgerTransaction } from './ledger-transaction.js';
import {
  addToBalances,
  copyEntries,
  copyTransactions,
  insertEntries,
  insertTransaction,
  takeTransactionIds,
  type BalanceChange,
  type EntryRow,
} from './ledger.repository.js';

/** How many rows of entries a posting run wrote. */
export interface Posted {
  readonly entries: number;
}

/**
 * Posts transactions of consumers and of the clock: entries and the balances that sum them, together. Those without
 * a posting leave no trace. `accountIds` is filled with what had to be looked up or made.
 */
export async function postTransactions(
  tx: Transaction,
  transactions: readonly LedgerTransaction[],
  accountIds: AccountIds,
): Promise<Posted> {
  const posting = transactions.filter((each) => each.postings.length > 0);
  if (posting.length === 0) return { entries: 0 };
  const { ids, entries, changes } = await rowsOf(tx, posting, accountIds);
  await copyTransactions(tx, posting, ids);
  await copyEntries(tx, entries);
  await addToBalances(tx, changes);
  return { entries: entries.length };
}

/** The same for one command over HTTP, under row-level security. */
export async function postTransaction(
  tx: Transaction,
  transaction: LedgerTransaction,
): Promise<AccountIds> {
  const accountIds: AccountIds = new Map();
  const { ids, entries, changes } = await rowsOf(tx, [transaction], accountIds);
  await insertTransaction(tx, transaction, ids[0]!);
  await insertEntries(tx, entries);
  await addToBalances(tx, changes);
  return accountIds;
}

interface Rows {
  readonly ids: readonly string[];
  readonly entries: readonly EntryRow[];
  /** One an account and partition: several in one statement would be an error of PostgreSQL. */
  readonly changes: readonly BalanceChange[];
}

async function rowsOf(
  tx: Transaction,
  transactions: readonly LedgerTransaction[],
  accountIds: AccountIds,
): Promise<Rows> {
  // A key is a long text made anew by each call, so each entry's is made once.
  const sides = transactions.map(({ postings }) =>
    postings.flatMap(entriesOf).map((entry) => ({ entry, key: accountKey(entry.account) })),
  );
  const accounts = new Map<string, Account>();
  for (const side of sides) for (const { entry, key } of side) accounts.set(key, entry.account);
  await ensureAccounts(tx, accounts, accountIds);
  const ids = await takeTransactionIds(tx, transactions.length);
  const entries: EntryRow[] = [];
  const changes = new Map<string, { -readonly [K in keyof BalanceChange]: BalanceChange[K] }>();
  for (const [at, { tenant, partition }] of transactions.entries()) {
    const transactionId = ids[at]!;
    for (const [n, { entry, key }] of sides[at]!.entries()) {
      const accountId = accountIds.get(key)!;
      const { amount } = entry;
      entries.push({
        tenant,
        transactionId,
        n,
        accountId,
        debit: entry.side === 'debit',
        amount,
      });
      const signed = signedAmount(entry);
      const place = `${accountId}/${partition}`;
      const change = changes.get(place);
      if (change) change.debitsMinusCredits += signed;
      else changes.set(place, { tenant, accountId, partition, debitsMinusCredits: signed });
    }
  }
  const moved = [...changes.values()].filter((change) => change.debitsMinusCredits !== 0n);
  return { ids, entries, changes: moved };
}
