import { numberArray, textArray } from '@farthing/adapters/postgres/array-text';
import type { Transaction } from '@farthing/adapters/postgres/transaction';
import type { Customer } from './customer.js';
import { addMissing } from './remembered-slots.js';
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
  const missing = addMissing(wanted, ({ customer }) => customer.unlocks);
  if (missing.length === 0) return;
  const rows = await tx.query<UnlockRow>(
    `select at::integer, unlocked_at
       from unnest($1::text[], $2::text[], $3::text[], $4::text[])
            with ordinality as wanted (tenant, customer, price, item, at)
       join unlocks u using (tenant, customer, price, item)`,
    [
      textArray(missing.map(({ name }) => name.customer.tenant)),
      textArray(missing.map(({ name }) => name.customer.id)),
      textArray(missing.map(({ name }) => name.price)),
      textArray(missing.map(({ name }) => name.item)),
    ],
  );
  for (const { at, unlocked_at } of rows) {
    const { slot } = missing[at - 1]!;
    slot.current = slot.saved = Number(unlocked_at);
  }
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
      textArray(unlocked.map(({ customer }) => customer.tenant)),
      textArray(unlocked.map(({ customer }) => customer.id)),
      textArray(unlocked.map(({ slot }) => slot.name.price)),
      textArray(unlocked.map(({ slot }) => slot.name.item)),
      numberArray(unlocked.map(({ slot }) => slot.current!)),
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
