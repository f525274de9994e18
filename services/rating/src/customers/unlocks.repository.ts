import type { Transaction } from '@farthing/adapters/postgres/transaction';
import type { Customer } from './customer.js';
import { missingOf } from './remembered-slots.js';
import type { UnlockName, UnlockSlot } from './unlocks.js';

export interface UnlockOfCustomer extends UnlockName {
  readonly customer: Customer;
}

interface UnlockRow {
  readonly at: number;
  readonly unlocked_at: string;
}

/** Makes sure that these are in memory, unlocked or not. One may come several times. */
export async function loadUnlocks(
  tx: Transaction,
  wanted: Iterable<UnlockOfCustomer>,
): Promise<void> {
  const missing = missingOf(wanted, ({ customer }) => customer.unlocks);
  if (missing.length === 0) return;
  const rows = await tx.query<UnlockRow>(
    `select at::integer, unlocked_at
       from unnest($1::text[], $2::text[], $3::text[], $4::text[])
            with ordinality as wanted (tenant, customer, price, item, at)
       join unlocks u using (tenant, customer, price, item)`,
    [
      missing.map(({ customer }) => customer.tenant),
      missing.map(({ customer }) => customer.id),
      missing.map(({ price }) => price),
      missing.map(({ item }) => item),
    ],
  );
  const found = new Map(rows.map((row) => [row.at - 1, Number(row.unlocked_at)]));
  missing.forEach((name, at) => name.customer.unlocks.add(name, found.get(at)));
}

/** The partition's owner is the only writer of its unlocks. */
export async function upsertUnlocks(
  tx: Transaction,
  unlocked: ReadonlyArray<{ readonly customer: Customer; readonly slot: UnlockSlot }>,
): Promise<void> {
  await tx.execute(
    `insert into unlocks (tenant, customer, price, item, unlocked_at)
     select * from unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::bigint[])
     on conflict (tenant, customer, price, item) do update set unlocked_at = excluded.unlocked_at`,
    [
      unlocked.map(({ customer }) => customer.tenant),
      unlocked.map(({ customer }) => customer.id),
      unlocked.map(({ slot }) => slot.name.price),
      unlocked.map(({ slot }) => slot.name.item),
      unlocked.map(({ slot }) => slot.current!),
    ],
  );
}

/** Of one customer. */
export async function deleteUnlocks(
  tx: Transaction,
  { tenant, id }: Customer,
  closed: readonly UnlockName[],
): Promise<void> {
  await tx.execute(
    `delete from unlocks
      where tenant = $1::text and customer = $2::text
        and (price, item) in (select * from unnest($3::text[], $4::text[]))`,
    [tenant, id, closed.map(({ price }) => price), closed.map(({ item }) => item)],
  );
}
