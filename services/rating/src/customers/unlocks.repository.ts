import { numberArray, textArray } from '@farthing/adapters/postgres/array-text';
import { BinaryCopyWriter } from '@farthing/adapters/postgres/binary-copy';
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

export interface Unlocked {
  readonly customer: Customer;
  readonly slot: UnlockSlot;
}

const writer = new BinaryCopyWriter();

/** The partition's owner is the only writer of its unlocks, so it knows which are stored. */
export async function saveUnlocks(tx: Transaction, unlocked: readonly Unlocked[]): Promise<void> {
  const [fresh, again]: [Unlocked[], Unlocked[]] = [[], []];
  for (const one of unlocked) (one.slot.saved === undefined ? fresh : again).push(one);
  if (fresh.length > 0) await copyUnlocks(tx, fresh);
  if (again.length > 0) await updateUnlocks(tx, again);
}

async function copyUnlocks(tx: Transaction, fresh: readonly Unlocked[]): Promise<void> {
  for (const { customer, slot } of fresh) {
    writer
      .row(5)
      .text(customer.tenant)
      .text(customer.id)
      .text(slot.name.price)
      .text(slot.name.item)
      .int8(slot.current!);
  }
  await tx.copyIn(
    `copy unlocks (tenant, customer, price, item, unlocked_at) from stdin (format binary)`,
    writer.finish(),
  );
}

async function updateUnlocks(tx: Transaction, again: readonly Unlocked[]): Promise<void> {
  await tx.execute(
    `update unlocks u
        set unlocked_at = again.unlocked_at
       from unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::bigint[])
            as again (tenant, customer, price, item, unlocked_at)
      where u.tenant = again.tenant and u.customer = again.customer and u.price = again.price and u.item = again.item`,
    [
      textArray(again.map(({ customer }) => customer.tenant)),
      textArray(again.map(({ customer }) => customer.id)),
      textArray(again.map(({ slot }) => slot.name.price)),
      textArray(again.map(({ slot }) => slot.name.item)),
      numberArray(again.map(({ slot }) => slot.current!)),
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
