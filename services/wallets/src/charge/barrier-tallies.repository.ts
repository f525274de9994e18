import type { Transaction } from '@farthing/adapters/postgres/transaction';
import type { TallySums } from './barrier-tally.js';

/** What came since the last barrier, of the tenants asked for. */
export async function findTallies(
  tx: Transaction,
  partition: number,
  tenants: readonly string[],
): Promise<Map<string, TallySums>> {
  const rows = await tx.query<{
    tenant: string;
    currency: string;
    charges: string;
    sum_nanos: string;
  }>(
    `select tenant, currency, charges, sum_nanos from barrier_tallies
      where partition = $1::integer and tenant = any($2::text[])`,
    [partition, tenants],
  );
  const tallies = new Map<string, TallySums>(tenants.map((tenant) => [tenant, new Map()]));
  for (const row of rows) {
    const counted = { charges: BigInt(row.charges), sumNanos: BigInt(row.sum_nanos) };
    tallies.get(row.tenant)!.set(row.currency, counted);
  }
  return tallies;
}

/** Stores the figures as they are now; those of 0 say that a barrier passed. */
export async function saveTallies(
  tx: Transaction,
  partition: number,
  tallies: ReadonlyMap<string, TallySums>,
): Promise<void> {
  const rows = [...tallies].flatMap(([tenant, sums]) =>
    [...sums].map(([currency, counted]) => ({ tenant, currency, ...counted })),
  );
  if (rows.length === 0) return;
  await tx.execute(
    `insert into barrier_tallies (partition, tenant, currency, charges, sum_nanos)
     select $1::integer, tenant, currency, charges, sum_nanos
       from unnest($2::text[], $3::text[], $4::bigint[], $5::numeric[]) as t(tenant, currency, charges, sum_nanos)
         on conflict (tenant, partition, currency) do update
        set charges = excluded.charges, sum_nanos = excluded.sum_nanos`,
    [
      partition,
      rows.map((r) => r.tenant),
      rows.map((r) => r.currency),
      rows.map((r) => r.charges),
      rows.map((r) => r.sumNanos),
    ],
  );
}
