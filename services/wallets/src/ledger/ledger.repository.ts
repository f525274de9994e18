import { BinaryCopyWriter } from '@farthing/adapters/postgres/binary-copy';
import type { Transaction } from '@farthing/adapters/postgres/transaction';
import type { LedgerTransaction } from './ledger-transaction.js';

/** A row of `entries`, its account by id. */
export interface EntryRow {
  readonly tenant: string;
  readonly transactionId: string;
  readonly n: number;
  readonly accountId: string;
  readonly debit: boolean;
  readonly amount: bigint;
}

export interface BalanceChange {
  readonly tenant: string;
  readonly accountId: string;
  readonly partition: number;
  readonly debitsMinusCredits: bigint;
}

/** Numbers are unique and name nothing outside the ledger; gaps mean nothing. */
export async function takeTransactionIds(tx: Transaction, count: number): Promise<string[]> {
  const rows = await tx.query<{ id: string }>(
    `select nextval('ledger_transaction_ids') as id from generate_series(1, $1::integer)`,
    [count],
  );
  return rows.map((row) => row.id);
}

/** For consumers: COPY is refused under row-level security. A key that exists already is a 23505. */
export async function copyTransactions(
  tx: Transaction,
  transactions: readonly LedgerTransaction[],
  ids: readonly string[],
): Promise<void> {
  const copy = new BinaryCopyWriter(transactions.length * 200);
  transactions.forEach((each, at) => {
    copy.row(13).text(each.tenant).int8(BigInt(ids[at]!)).text(each.key).text(each.kind);
    copy.text(each.customer).text(each.reference).timestamptz(each.bookedAt);
    if (each.range) copy.int2(each.range.from.generation).int4(each.partition);
    else copy.null().int4(each.partition);
    for (const bound of [each.range?.from, each.range?.to]) {
      if (bound) copy.int8(bound.offset).int4(bound.index);
      else copy.null().null();
    }
  });
  await tx.copyIn(
    `copy ledger_transactions (tenant, id, key, kind, customer, reference, booked_at, generation, partition,
       from_offset, from_index, to_offset, to_index) from stdin (format binary)`,
    copy.finish(),
  );
}

export async function copyEntries(tx: Transaction, entries: readonly EntryRow[]): Promise<void> {
  const copy = new BinaryCopyWriter(entries.length * 80);
  for (const entry of entries) {
    copy.row(6).text(entry.tenant).int8(BigInt(entry.transactionId)).int4(entry.n);
    copy.int8(BigInt(entry.accountId)).bool(entry.debit).numeric(entry.amount, 0);
  }
  await tx.copyIn(
    `copy entries (tenant, transaction_id, n, account_id, debit, amount) from stdin (format binary)`,
    copy.finish(),
  );
}

/** For commands over HTTP, which post one at a time. */
export async function insertTransaction(
  tx: Transaction,
  each: LedgerTransaction,
  id: string,
): Promise<void> {
  await tx.execute(
    `insert into ledger_transactions (tenant, id, key, kind, customer, reference, booked_at, partition)
     values ($1::text, $2::bigint, $3::text, $4::text, $5::text, $6::text,
       timestamptz 'epoch' + $7::bigint * interval '1 microsecond', $8::integer)`,
    [
      each.tenant,
      id,
      each.key,
      each.kind,
      each.customer,
      each.reference,
      each.bookedAt,
      each.partition,
    ],
  );
}

export async function insertEntries(tx: Transaction, entries: readonly EntryRow[]): Promise<void> {
  await tx.execute(
    `insert into entries (tenant, transaction_id, n, account_id, debit, amount)
     select * from unnest($1::text[], $2::bigint[], $3::integer[], $4::bigint[], $5::boolean[], $6::numeric[])`,
    [
      entries.map((e) => e.tenant),
      entries.map((e) => e.transactionId),
      entries.map((e) => e.n),
      entries.map((e) => e.accountId),
      entries.map((e) => e.debit),
      entries.map((e) => e.amount),
    ],
  );
}

/** Rows are locked in the order of their ids by everyone, so nobody waits in a circle. */
export async function addToBalances(
  tx: Transaction,
  changes: readonly BalanceChange[],
): Promise<void> {
  await tx.execute(
    `insert into balances as b (tenant, account_id, partition, debits_minus_credits)
     select tenant, account_id, partition, change
       from unnest($1::text[], $2::bigint[], $3::integer[], $4::numeric[])
            as c(tenant, account_id, partition, change)
      order by account_id, partition
         on conflict (tenant, account_id, partition) do update
        set debits_minus_credits = b.debits_minus_credits + excluded.debits_minus_credits`,
    [
      changes.map((c) => c.tenant),
      changes.map((c) => c.accountId),
      changes.map((c) => c.partition),
      changes.map((c) => c.debitsMinusCredits),
    ],
  );
}

/** Which of these keys were posted before, as `tenant key`. */
export async function findPostedKeys(
  tx: Transaction,
  keys: readonly { readonly tenant: string; readonly key: string }[],
): Promise<Set<string>> {
  const rows = await tx.query<{ tenant: string; key: string }>(
    `select t.tenant, t.key from unnest($1::text[], $2::text[]) as w(tenant, key)
       join ledger_transactions t using (tenant, key)`,
    [keys.map((k) => k.tenant), keys.map((k) => k.key)],
  );
  return new Set(rows.map(({ tenant, key }) => `${tenant} ${key}`));
}
