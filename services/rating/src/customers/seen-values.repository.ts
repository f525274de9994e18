import type { Transaction } from '@farthing/adapters/postgres/transaction';
import type { Customer, OpenedPeriod } from './customer.js';
import { periodsToColumns } from './customers.repository.js';
import { addMissing } from './remembered-slots.js';
import type { SeenName, SeenSlot } from './seen-values.js';

export interface SeenOfPeriod extends SeenName {
  readonly customer: Customer;
  readonly period: OpenedPeriod;
}

/** A value that was seen for the first time. */
export interface NewlySeen {
  readonly customer: Customer;
  readonly period: OpenedPeriod;
  readonly slot: SeenSlot;
}

/** Makes sure that these are in memory, seen or not. One may come several times. */
export async function loadSeenValues(
  tx: Transaction,
  wanted: Iterable<SeenOfPeriod>,
): Promise<void> {
  const missing = addMissing(wanted, ({ period }) => period.seen);
  if (missing.length === 0) return;
  const rows = await tx.query<{ readonly at: number }>(
    `select at::integer
       from unnest($1::text[], $2::text[], $3::bigint[], $4::text[], $5::text[], $6::bytea[])
            with ordinality as wanted (tenant, customer, usage_from, price, cell, value, at)
       join seen_values s using (tenant, customer, usage_from, price, cell, value)`,
    columnsOf(missing.map(({ name }) => name)),
  );
  for (const { at } of rows) {
    const { slot } = missing[at - 1]!;
    slot.current = slot.saved = true;
  }
}

/** The partition's owner is the only writer of its values, so one that is stored already is a fault. */
export async function insertSeenValues(tx: Transaction, seen: readonly NewlySeen[]): Promise<void> {
  await tx.execute(
    `insert into seen_values (tenant, customer, usage_from, price, cell, value)
     select * from unnest($1::text[], $2::text[], $3::bigint[], $4::text[], $5::text[], $6::bytea[])`,
    columnsOf(seen.map(({ customer, period, slot }) => ({ customer, period, ...slot.name }))),
  );
}

/** Values that nobody uses there any more. */
export async function deleteSeenValues(
  tx: Transaction,
  forgotten: readonly SeenOfPeriod[],
): Promise<void> {
  await tx.execute(
    `delete from seen_values s
      using unnest($1::text[], $2::text[], $3::bigint[], $4::text[], $5::text[], $6::bytea[])
            as gone (tenant, customer, usage_from, price, cell, value)
      where (s.tenant, s.customer, s.usage_from, s.price, s.cell, s.value)
            = (gone.tenant, gone.customer, gone.usage_from, gone.price, gone.cell, gone.value)`,
    columnsOf(forgotten),
  );
}

function columnsOf(names: readonly SeenOfPeriod[]): unknown[] {
  return [
    ...periodsToColumns(names),
    names.map(({ price }) => price),
    names.map(({ cell }) => cell),
    names.map(({ digest }) => Buffer.from(digest, 'latin1')),
  ];
}
