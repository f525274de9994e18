import type { Transaction } from '@farthing/adapters/postgres/transaction';
import { accountKey } from '@farthing/domain/ledger/account';
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
  const { ids, entries } = await rowsOf(tx, posting, accountIds);
  await copyTransactions(tx, posting, ids);
  await copyEntries(tx, entries);
  await addToBalances(tx, changesOf(posting, accountIds));
  return { entries: entries.length };
}

/** The same for one command over HTTP, under row-level security. */
export async function postTransaction(
  tx: Transaction,
  transaction: LedgerTransaction,
): Promise<AccountIds> {
  const accountIds: AccountIds = new Map();
  const { ids, entries } = await rowsOf(tx, [transaction], accountIds);
  await insertTransaction(tx, transaction, ids[0]!);
  await insertEntries(tx, entries);
  await addToBalances(tx, changesOf([transaction], accountIds));
  return accountIds;
}

async function rowsOf(
  tx: Transaction,
  transactions: readonly LedgerTransaction[],
  accountIds: AccountIds,
): Promise<{ readonly ids: string[]; readonly entries: EntryRow[] }> {
  const accounts = transactions.flatMap(({ postings }) =>
    postings.flatMap(({ debit, credit }) => [debit, credit]),
  );
  await ensureAccounts(tx, accounts, accountIds);
  const ids = await takeTransactionIds(tx, transactions.length);
  const entries = transactions.flatMap(({ tenant, postings }, at) =>
    postings.flatMap(entriesOf).map(({ account, side, amount }, n) => ({
      tenant,
      transactionId: ids[at]!,
      n,
      accountId: accountIds.get(accountKey(account))!,
      debit: side === 'debit',
      amount,
    })),
  );
  return { ids, entries };
}

/** One change an account and partition: several in one statement would be an error of PostgreSQL. */
function changesOf(
  transactions: readonly LedgerTransaction[],
  accountIds: AccountIds,
): BalanceChange[] {
  const changes = new Map<string, { -readonly [K in keyof BalanceChange]: BalanceChange[K] }>();
  for (const { tenant, partition, postings } of transactions) {
    for (const entry of postings.flatMap(entriesOf)) {
      const accountId = accountIds.get(accountKey(entry.account))!;
      const key = `${accountId}/${partition}`;
      const change = changes.get(key);
      if (change) change.debitsMinusCredits += signedAmount(entry);
      else {
        changes.set(key, {
          tenant,
          accountId,
          partition,
          debitsMinusCredits: signedAmount(entry),
        });
      }
    }
  }
  return [...changes.values()].filter(({ debitsMinusCredits }) => debitsMinusCredits !== 0n);
}
