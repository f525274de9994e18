import type { Transaction } from '@farthing/adapters/postgres/transaction';

interface PriceKey {
  readonly tenant: string;
  readonly key: string;
}

/** Those of the keys that are archived. */
export async function findArchivedPrices(
  tx: Transaction,
  tenant: string,
  keys: readonly string[],
): Promise<Set<string>> {
  const rows = await tx.query<{ key: string }>(
    'select key from archived_prices where tenant = $1::text and key = any($2::text[])',
    [tenant, keys],
  );
  return new Set(rows.map(({ key }) => key));
}

export async function isPriceArchived(
  tx: Transaction,
  { tenant, key }: PriceKey,
): Promise<boolean> {
  return (await findArchivedPrices(tx, tenant, [key])).size > 0;
}

export async function insertArchivedPrice(
  tx: Transaction,
  { tenant, key }: PriceKey,
): Promise<void> {
  await tx.execute(
    `insert into archived_prices (tenant, key) values ($1::text, $2::text)
     on conflict (tenant, key) do nothing`,
    [tenant, key],
  );
}

export async function deleteArchivedPrice(
  tx: Transaction,
  { tenant, key }: PriceKey,
): Promise<void> {
  await tx.execute('delete from archived_prices where tenant = $1::text and key = $2::text', [
    tenant,
    key,
  ]);
}
