import type { CrashPoint } from '@farthing/adapters/config/crash-point';
import { runInTransaction } from '@farthing/adapters/postgres/transaction';
import type { BookPrice } from '@farthing/domain/price-book/price-book';
import { priceOf } from '../charges/charge-row.js';
import type { Catalog } from '../rate-batch/rate-batch.js';
import { ChargeDiffer, type ReadPrice } from './diff-charges.js';
import type { DiffBatch } from './diff-batch.js';
import { saveDiffBatch } from './diff-batch.repository.js';
import { inHand, NoLongerHeld, type Holder } from './in-hand.js';
import { OtherPrices } from './other-prices.js';
import type { Reached, ReRating } from './re-rating.js';
import { finishReRating, updatePrices, updateReached } from './re-ratings.repository.js';
import { selectOwner, selectPriceNumbers, type ReadOwner } from './read-names.repository.js';
import { storedChargesSql, StoredChargeRows } from './stored-charges.js';

export interface DiffParts extends Holder {
  readonly catalog: Catalog;
  readonly crashPoint: CrashPoint;
  /** Charges between two commits: what an interrupted diff does again at most. */
  readonly batchCharges: number;
  /** Asked between batches: a process that drains leaves the rest to another. */
  readonly isClosing: () => boolean;
}

const READ_TIMEOUT_MS = 3_600_000;

/**
 * Goes through the charges from where the diff is, on a snapshot of its own, and stores what it finds in stretches,
 * each in a transaction with the place that it reaches. Answers false when it stopped before the end.
 */
export async function runDiff(parts: DiffParts, reRating: ReRating): Promise<boolean> {
  await parts.catalog.waitFor(reRating.catalogVersion);
  const { leaseMs } = parts;
  // Sorting alone may take longer than a lease. A beat that fails costs nothing but a lease that may run out.
  const beat = setInterval(() => {
    inHand(parts, reRating, async () => undefined).catch(() => undefined);
  }, leaseMs / 3);
  try {
    return await diffInHand(parts, reRating);
  } catch (error) {
    if (error instanceof NoLongerHeld) return false;
    throw error;
  } finally {
    clearInterval(beat);
  }
}

async function diffInHand(parts: DiffParts, reRating: ReRating): Promise<boolean> {
  const prices = await readPrices(parts, reRating);
  const owner = await runInTransaction(parts.dataSource, { readOnly: true }, (tx) =>
    selectOwner(tx, reRating),
  );
  if (owner && prices.length > 0) {
    const writer = new BatchWriter(parts, reRating);
    await diffCharges(parts, { reRating, prices, owner, writer });
    await writer.written();
  }
  await inHand(parts, reRating, (tx) => finishReRating(tx, reRating, 'finished'));
  return true;
}

async function diffCharges(
  { dataSource, catalog, batchCharges, isClosing }: DiffParts,
  of: {
    readonly reRating: ReRating;
    readonly prices: readonly ReadPrice[];
    readonly owner: ReadOwner;
    readonly writer: BatchWriter;
  },
): Promise<void> {
  const { reRating, prices, writer } = of;
  const { tenant, catalogVersion } = reRating;
  const candidates = reRating.candidates as readonly BookPrice[];
  const others = new OtherPrices(catalog.view, { tenant, catalogVersion }, candidates);
  const differ = new ChargeDiffer(prices, (key) => others.versionsOf(key));
  const sql = storedChargesSql({
    ...reRating,
    ...of.owner,
    prices,
    after: reRating.reached,
  });
  const options = {
    readOnly: true,
    statementTimeoutMs: READ_TIMEOUT_MS,
    idleInTransactionTimeoutMs: READ_TIMEOUT_MS,
  };
  await runInTransaction(dataSource, options, async (tx) => {
    const rows = new StoredChargeRows();
    for await (const chunk of tx.copyOut(sql)) {
      rows.push(chunk);
      while (rows.next()) {
        differ.add(rows);
        if (differ.charges < batchCharges) continue;
        if (isClosing()) throw new NoLongerHeld();
        await writer.write(differ.takeBatch());
      }
    }
  });
  differ.finish();
  await writer.write(differ.takeBatch());
}

/** The accumulators of the prices keep their order from the beginning of a diff to its end. */
async function readPrices(parts: DiffParts, reRating: ReRating): Promise<ReadPrice[]> {
  const { dataSource, catalog } = parts;
  const { tenant } = reRating;
  const found = await runInTransaction(dataSource, { readOnly: true }, (tx) =>
    selectPriceNumbers(tx, reRating),
  );
  const names = new Map<string, number>();
  const prices = found.map(({ number, price, version, cell, currency }) => {
    const name = `${price}\u0000${cell}\u0000${currency}`;
    const accumulator = names.get(name) ?? names.size;
    names.set(name, accumulator);
    const madeBy = priceOf({ tenant, price, price_version: version }, catalog.view);
    return { number, accumulator, madeBy, cell };
  });
  if (reRating.prices === null) {
    const numbers = prices.map(({ number }) => number);
    await inHand(parts, reRating, (tx) => updatePrices(tx, reRating, numbers));
  }
  return prices;
}

/** One write at a time, while the next charges are read and priced. */
class BatchWriter {
  #writing: Promise<void> = Promise.resolve();
  #differences: number;

  constructor(
    private readonly parts: DiffParts,
    private readonly reRating: ReRating,
  ) {
    this.#differences = reRating.differences;
  }

  async write(
    taken: { readonly batch: DiffBatch; readonly reached: Reached } | undefined,
  ): Promise<void> {
    await this.written();
    if (!taken) return;
    this.#writing = this.#save(taken);
    // It is waited for later; until then a failure is nobody's surprise.
    this.#writing.catch(() => undefined);
  }

  written(): Promise<void> {
    return this.#writing;
  }

  async #save({
    batch,
    reached,
  }: {
    readonly batch: DiffBatch;
    readonly reached: Reached;
  }): Promise<void> {
    const { parts, reRating } = this;
    const firstNumber = this.#differences;
    const { charges, changed, blocks } = batch;
    this.#differences += blocks.length;
    await inHand(parts, reRating, async (tx) => {
      await saveDiffBatch(tx, reRating, { batch, firstNumber });
      await updateReached(tx, reRating, {
        reached,
        charges,
        changed,
        differences: blocks.length,
      });
      tx.afterCommit(() => parts.crashPoint('after_commit'));
      parts.crashPoint('after_effects');
    });
  }
}
