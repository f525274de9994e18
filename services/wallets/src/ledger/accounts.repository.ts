import type { Transaction } from '@farthing/adapters/postgres/transaction';
import { accountKey, type Account } from '@farthing/domain/ledger/account';

/** Ids of accounts by `accountKey`. An id never changes once its row is committed. */
export type AccountIds = Map<string, string>;

/**
 * Adds to `known` the ids of the accounts that it lacks, making those that do not exist. Accounts are made in the
 * order of their keys: two partitions that meet the same new creators then wait for each other and do not deadlock.
 */
export async function ensureAccounts(
  tx: Transaction,
  accounts: readonly Account[],
  known: AccountIds,
): Promise<void> {
  const wanted = new Map<string, Account>();
  for (const account of accounts) {
    const key = accountKey(account);
    if (!known.has(key)) wanted.set(key, account);
  }
  if (wanted.size === 0) return;
  const sorted = [...wanted].toSorted(([a], [b]) => (a < b ? -1 : 1)).map(([, account]) => account);
  await findAccounts(tx, sorted, known);
  const missing = sorted.filter((account) => !known.has(accountKey(account)));
  if (missing.length === 0) return;
  await insertAccounts(tx, missing);
  await findAccounts(tx, missing, known);
}

interface AccountRow {
  readonly tenant: string;
  readonly id: string;
  readonly kind: Account['kind'];
  readonly owner: string;
  readonly grant_id: string;
  readonly currency: string;
}

async function findAccounts(
  tx: Transaction,
  accounts: readonly Account[],
  known: AccountIds,
): Promise<void> {
  const rows = await tx.query<AccountRow>(
    `select a.tenant, a.id, a.kind, a.owner, a.grant_id, a.currency
       from unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[])
            as w(tenant, kind, owner, grant_id, currency)
       join accounts a using (tenant, kind, owner, grant_id, currency)`,
    columnsOf(accounts),
  );
  for (const row of rows) {
    const { tenant, kind, owner, grant_id: grant, currency } = row;
    known.set(accountKey({ tenant, kind, owner, grant, currency }), row.id);
  }
}

/** A concurrent insert of the same account is waited for, and its row is then seen by the next select. */
async function insertAccounts(tx: Transaction, accounts: readonly Account[]): Promise<void> {
  await tx.execute(
    `insert into accounts (tenant, kind, owner, grant_id, currency)
     select tenant, kind, owner, grant_id, currency
       from unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[]) with ordinality
            as w(tenant, kind, owner, grant_id, currency, at)
      order by at
         on conflict do nothing`,
    columnsOf(accounts),
  );
}

function columnsOf(accounts: readonly Account[]): string[][] {
  return [
    accounts.map((a) => a.tenant),
    accounts.map((a) => a.kind),
    accounts.map((a) => a.owner),
    accounts.map((a) => a.grant),
    accounts.map((a) => a.currency),
  ];
}
