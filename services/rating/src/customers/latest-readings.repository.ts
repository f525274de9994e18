import type { Transaction } from '@farthing/adapters/postgres/transaction';
import type { AccumulatorSlot } from './customer.js';
import { periodsToColumns } from './customers.repository.js';

/** Which events stand in accumulators that are stored already: beside them, so that all others are written without. */
export async function updateLatestReadings(
  tx: Transaction,
  slots: readonly AccumulatorSlot[],
): Promise<void> {
  await tx.execute(
    `update accumulators a
        set latest_at = latest.at, latest_event = latest.event
       from unnest($1::text[], $2::text[], $3::bigint[], $4::text[], $5::text[], $6::bigint[], $7::text[])
            as latest (tenant, customer, usage_from, price, cell, at, event)
      where a.tenant = latest.tenant and a.customer = latest.customer and a.usage_from = latest.usage_from
        and a.price = latest.price and a.cell = latest.cell`,
    [
      ...periodsToColumns(slots),
      slots.map(({ price }) => price),
      slots.map(({ cell }) => cell),
      slots.map(({ current }) => current.latest!.occurredAt),
      slots.map(({ current }) => current.latest!.identity),
    ],
  );
}
