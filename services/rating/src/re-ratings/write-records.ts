import type { CrashPoint } from '@farthing/adapters/config/crash-point';
import {
  appendToOutbox,
  type OutboxMessage,
  type OutboxRef,
} from '@farthing/adapters/outbox/outbox';
import type { Transaction } from '@farthing/adapters/postgres/transaction';
import type { CatalogView } from '@farthing/contracts/catalog/catalog-view';
import { TOPICS } from '@farthing/contracts/topics/topic-names';
import { encodeControlRecord } from '@farthing/contracts/wire/usage-record';
import { findStandingCharges } from '../adjustments/standing-charge.js';
import type { Catalog } from '../rate-batch/rate-batch.js';
import { priceOf } from '../charges/charge-row.js';
import { BLOCK_CHARGES } from './diff-batch.js';
import { selectDifferenceRows, type StoredDifferences } from './found.repository.js';
import { inHand, NoLongerHeld, type Holder } from './in-hand.js';
import type { ReRating } from './re-rating.js';
import { finishReRating, updateWritten } from './re-ratings.repository.js';
import { workOutCorrection, type AdjustmentInit } from './work-out-corrections.js';

export interface WriteParts extends Holder {
  readonly catalog: Catalog;
  readonly crashPoint: CrashPoint;
  readonly isClosing: () => boolean;
  /** After the commit that appended. */
  readonly notify: (message: OutboxRef) => void;
  /** Rows of differences between two commits: what is in memory, and what holds the partitions' outboxes. */
  readonly rowsAtOnce?: number;
}

const ROWS_AT_ONCE = 20;
const ADJUSTMENTS_MAX = BLOCK_CHARGES;

/**
 * Writes the control records of a re-rating into the outbox, in steps, each in a transaction with the place that it
 * reaches. Answers false when it stopped before the end.
 */
export async function writeRecords(parts: WriteParts, reRating: ReRating): Promise<boolean> {
  await parts.catalog.waitFor(reRating.catalogVersion);
  try {
    for (let next = reRating.writtenDifferences; next < reRating.differences;) {
      if (parts.isClosing()) return false;
      const from = next;
      next += await inHand(parts, reRating, (tx) => writeSome(tx, parts, { reRating, from }));
    }
    await inHand(parts, reRating, (tx) => finishReRating(tx, reRating, 'applied'));
    return true;
  } catch (error) {
    if (error instanceof NoLongerHeld) return false;
    throw error;
  }
}

/** Answers how many rows of differences it took. */
async function writeSome(
  tx: Transaction,
  { catalog, crashPoint, notify, rowsAtOnce = ROWS_AT_ONCE }: WriteParts,
  { reRating, from }: { readonly reRating: ReRating; readonly from: number },
): Promise<number> {
  const rows = await selectDifferenceRows(tx, reRating, { from, rows: rowsAtOnce });
  const messages: OutboxMessage[] = [];
  for (const row of rows) messages.push(...(await recordsOf(tx, reRating, { row, catalog })));
  // In one order always: two that lock the outboxes of partitions never wait for one another.
  const inOrder = messages.toSorted((a, b) => a.partition - b.partition);
  for (const message of inOrder) {
    const ref = await appendToOutbox(tx, message);
    tx.afterCommit(() => notify(ref));
  }
  await updateWritten(tx, reRating, { differences: rows.length, records: messages.length });
  tx.afterCommit(() => crashPoint('after_commit'));
  crashPoint('after_effects');
  if (rows.length === 0) throw new Error(`re-rating ${reRating.id} lacks differences from ${from}`);
  return rows.length;
}

/** One for a row, unless so much has to be taken back that it takes several. */
async function recordsOf(
  tx: Transaction,
  { tenant, id, catalogVersion }: ReRating,
  { row, catalog }: { readonly row: StoredDifferences; readonly catalog: Catalog },
): Promise<OutboxMessage[]> {
  const { customer, partition, number } = row;
  const adjustments = await correctionsOf(tx, tenant, { row, view: catalog.view });
  return inRecords(adjustments).map((part, n) => {
    const value = {
      commandId: `re-rating:${id}:${number}:${n}`,
      tenant,
      customer,
      reRatingId: id,
      adjustments: part,
      catalogVersion: BigInt(catalogVersion),
    };
    return {
      topic: TOPICS.usageAccepted,
      partition,
      value: encodeControlRecord({ case: 'applyReRating', value }),
    };
  });
}

/** By charge. */
async function correctionsOf(
  tx: Transaction,
  tenant: string,
  { row, view }: { readonly row: StoredDifferences; readonly view: CatalogView },
): Promise<AdjustmentInit[][]> {
  const { generation, partition, n } = row;
  const origins = row.log_offsets.map((offset, at) => ({
    generation,
    partition,
    n,
    offset: BigInt(offset),
    index: row.event_indexes[at]!,
  }));
  const charges = await findStandingCharges(tx, tenant, origins);
  const price = priceOf({ tenant, price: row.price, price_version: row.version }, view);
  return charges.map((charge, at) => {
    const before = BigInt(row.amounts_before[at]!);
    const after = BigInt(row.amounts_after[at]!);
    return workOutCorrection(charge, { before, after, price }, view);
  });
}

/** As few as can be; the adjustments of a charge stay together. */
function inRecords(corrections: readonly AdjustmentInit[][]): AdjustmentInit[][] {
  const records: AdjustmentInit[][] = [];
  for (const correction of corrections) {
    const last = records.at(-1);
    if (last && last.length + correction.length <= ADJUSTMENTS_MAX) last.push(...correction);
    else records.push([...correction]);
  }
  return records;
}
