import type { Transaction } from '@farthing/adapters/postgres/transaction';
import { canonicalQuantity } from '@farthing/domain/metering/quantity';
import type { UnpricedUsage } from '../rate-batch/effects.js';

/** Adds to what was used before, per customer, meter and day; of a `max` meter the greatest of the day stands. */
export async function addUnpricedUsage(
  tx: Transaction,
  usage: readonly UnpricedUsage[],
): Promise<void> {
  const greatest = usage.filter(({ aggregation }) => aggregation === 'max');
  const added = usage.filter(({ aggregation }) => aggregation !== 'max');
  if (added.length > 0) await addUsage(tx, added);
  if (greatest.length > 0) await raiseUsage(tx, greatest);
}

async function addUsage(tx: Transaction, usage: readonly UnpricedUsage[]): Promise<void> {
  await tx.execute(
    `insert into unpriced_usage as u (tenant, customer, meter, day, quantity, readings)
     select * from unnest($1::text[], $2::text[], $3::text[], $4::integer[], $5::numeric[], $6::bigint[])
     on conflict (tenant, customer, meter, day) do update
        set quantity = u.quantity + excluded.quantity, readings = u.readings + excluded.readings`,
    usageColumns(usage),
  );
}

async function raiseUsage(tx: Transaction, usage: readonly UnpricedUsage[]): Promise<void> {
  await tx.execute(
    `insert into unpriced_usage as u (tenant, customer, meter, day, quantity, readings)
     select * from unnest($1::text[], $2::text[], $3::text[], $4::integer[], $5::numeric[], $6::bigint[])
     on conflict (tenant, customer, meter, day) do update
        set quantity = greatest(u.quantity, excluded.quantity), readings = u.readings + excluded.readings`,
    usageColumns(usage),
  );
}

function usageColumns(usage: readonly UnpricedUsage[]): unknown[] {
  return [
    usage.map(({ tenant }) => tenant),
    usage.map(({ customer }) => customer),
    usage.map(({ meter }) => meter),
    usage.map(({ day }) => day),
    usage.map(({ quantity }) => canonicalQuantity(quantity)),
    usage.map(({ readings }) => readings),
  ];
}
