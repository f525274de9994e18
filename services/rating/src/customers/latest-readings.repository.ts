import type { Transaction } from '@farthing/adapters/postgres/transaction';
import type { AccumulatorSlot } from './customer.js';

/** Which events stand in accumulators that are stored already, or that none does: beside them, so that all others are written without. */
export async function updateLatestReadings(
  tx: Transaction,
  slots: readonly AccumulatorSlot[],
): Promise<void> {
  await tx.execute(
    `update accumulators a
        set latest_at = latest.at, latest_event = latest.event
       from unnest($1::bigint[], $2::bigint[], $3::text[]) as latest (number, at, event)
      where a.number = latest.number`,
    [
      slots.map(({ number }) => number!),
      slots.map(({ current }) => current.latest?.occurredAt ?? null),
      slots.map(({ current }) => current.latest?.identity ?? null),
    ],
  );
}
