import type { Transaction } from '@farthing/adapters/postgres/transaction';
import { accountKey, type Account } from '@farthing/domain/ledger/account';

/** Ids of accounts by `accountKey`. An id never changes once its row is committed. */
export type AccountIds = Map<string, string>;

/**
 * Adds to `known` the ids of the accounts, given by their keys, that it lacks, making those that do not exist. They
 * are made in the order of their keys: two partitions that meet the same new creators then wait for each other and
 * do not deadlock.
 */
export async function ensureAccounts(
  tx: Transaction,
  accounts: ReadonlyMap<string, Account>,
  known: AccountIds,
): Promise<void> {
  const wanted = [...accounts].filter(([key]) => !known.has(key));
  if (wanted.length === 0) return;
  wanted.sort(([a], [b]) => (a < b ? -1 : 1));
  await findAccounts(tx, wanted, known);
  const missing = wanted.filter(([key]) => !known.has(key));
  if (missing.length === 0) return;
  await insertAccounts(tx, missing);
  await findAccounts(tx, missing, known);
}

type KeyedAccount = readonly [key: string, account: Account];

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
  accounts: readonly KeyedAccount[],
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
async function insertAccounts(tx: Transaction, accounts: readonly KeyedAccount[]): Promise<void> {
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

function columnsOf(accounts: readonly KeyedAccount[]): string[][] {
  return [
    accounts.map(([, account]) => account.tenant),
    accounts.map(([, account]) => account.kind),
    accounts.map(([, account]) => account.owner),
    accounts.map(([, account]) => account.grant),
    accounts.map(([, account]) => account.currency),
  ];
}
