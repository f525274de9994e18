import type { Transaction } from '@farthing/adapters/postgres/transaction';
import { periodsToColumns, type PeriodOfCustomer } from '../customers/customers.repository.js';

/** What a closed period came to cost at least, of one price key. */
export interface SettledMinimum extends PeriodOfCustomer {
  readonly price: string;
  readonly least: bigint;
}

export async function insertSettledMinimums(
  tx: Transaction,
  settled: readonly SettledMinimum[],
): Promise<void> {
  await tx.execute(
    `insert into settled_minimums (tenant, customer, usage_from, price, least)
     select * from unnest($1::text[], $2::text[], $3::bigint[], $4::text[], $5::numeric[])`,
    [
      ...periodsToColumns(settled),
      settled.map(({ price }) => price),
      settled.map(({ least }) => least.toString()),
    ],
  );
}

/** Puts into periods what was settled in them; those in which nothing was stay as they are. */
export async function loadSettledMinimums(
  tx: Transaction,
  wanted: readonly PeriodOfCustomer[],
): Promise<void> {
  const rows = await tx.query<{ at: number; price: string; least: string }>(
    `select at::integer, price, least
       from unnest($1::text[], $2::text[], $3::bigint[])
            with ordinality as wanted (tenant, customer, usage_from, at)
       join settled_minimums using (tenant, customer, usage_from)`,
    periodsToColumns(wanted),
  );
  const found = new Map<number, Map<string, bigint>>();
  for (const { at, price, least } of rows) {
    const ofPeriod = found.get(at - 1) ?? new Map<string, bigint>();
    found.set(at - 1, ofPeriod.set(price, BigInt(least)));
  }
  for (const [at, ofPeriod] of found) wanted[at]!.period.settled = ofPeriod;
}
