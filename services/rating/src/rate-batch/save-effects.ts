import type { Transaction } from '@farthing/adapters/postgres/transaction';
import { copyCharges, type ChargeRows } from '../charges/charges.repository.js';
import {
  insertAccumulators,
  insertPeriods,
  updateAccumulators,
  upsertFacts,
} from '../customers/customers.repository.js';
import { isStored } from '../customers/customer.js';
import { updateLatestReadings } from '../customers/latest-readings.repository.js';
import { insertSeenValues } from '../customers/seen-values.repository.js';
import { saveUnlocks } from '../customers/unlocks.repository.js';
import { addCounts } from '../event-counts/event-counts.repository.js';
import { copyKeptReadings } from '../event-corrections/kept-readings.repository.js';
import {
  copyDeadLetters,
  copyRejected,
  copyRepeated,
} from '../rejected-events/outcomes.repository.js';
import { addUnpricedUsage } from '../usage/unpriced-usage.repository.js';
import type { ChunkEvents } from './chunk-events.js';
import type { Effects } from './effects.js';
import { copyToInbox } from './inbox.repository.js';
import { insertUsedQuotes } from './used-quotes.repository.js';

/**
 * Stores what was worked out. The inbox comes first: it is what most often refuses, and then nothing else was
 * written in vain.
 */
export async function saveEffects(
  tx: Transaction,
  effects: Effects,
  place: {
    readonly partition: number;
    readonly week: number;
    readonly chargeRows: readonly ChargeRows[];
    /** Which its ordinals are of; absent when no event was applied. */
    readonly events?: ChunkEvents;
  },
): Promise<void> {
  const { partition, week, events } = place;
  const unpriced = effects.unpriced;
  const counts = effects.counts.all();
  if (events && effects.applied.length > 0) {
    await copyToInbox(tx, events, { ordinals: effects.applied, week, partition });
  }
  if (effects.customers.size > 0) await upsertFacts(tx, [...effects.customers], partition);
  if (effects.opened.length > 0) await insertPeriods(tx, effects.opened);
  const moved = effects.slots.filter(isStored);
  if (moved.length > 0) await updateAccumulators(tx, moved);
  if (moved.length < effects.slots.length) {
    await insertAccumulators(
      tx,
      effects.slots.filter((slot) => !isStored(slot)),
    );
  }
  const latest = effects.slots.filter(({ current, saved }) => current.latest ?? saved.latest);
  if (latest.length > 0) await updateLatestReadings(tx, latest);
  if (effects.unlocked.length > 0) await saveUnlocks(tx, effects.unlocked);
  if (effects.usedQuotes.length > 0) await insertUsedQuotes(tx, effects.usedQuotes, partition);
  if (effects.seen.length > 0) await insertSeenValues(tx, effects.seen);
  if (effects.kept.length > 0) await copyKeptReadings(tx, effects.kept);
  await copyCharges(tx, place.chargeRows);
  if (effects.repeated.length > 0) await copyRepeated(tx, effects.repeated, partition);
  if (effects.rejected.length > 0) await copyRejected(tx, effects.rejected, partition);
  if (effects.deadLetters.length > 0) await copyDeadLetters(tx, effects.deadLetters, partition);
  if (unpriced.length > 0) await addUnpricedUsage(tx, unpriced);
  if (counts.length > 0) await addCounts(tx, counts, partition);
}
