import type { DataSource } from 'typeorm';
import type { CrashPoint } from '@farthing/adapters/config/crash-point';
import { BatchAligner } from '@farthing/adapters/kafka/align-batch';
import type { RecordBatch } from '@farthing/adapters/kafka/batch-handler';
import { PartitionMemory } from '@farthing/adapters/postgres/partition-memory';
import type { PartitionOffsets } from '@farthing/adapters/postgres/partition-offsets';
import {
  runOnPartition,
  type PartitionWork,
} from '@farthing/adapters/postgres/partition-transaction';
import type { Transaction } from '@farthing/adapters/postgres/transaction';
import type { CatalogView } from '@farthing/contracts/catalog/catalog-view';
import { PriceBook } from '@farthing/domain/rating/price-book';
import { ChargeNumbers } from '../charges/charge-numbers.js';
import { numberStore } from '../charges/charge-numbers.repository.js';
import { ensureChargesMonth } from '../charges/charges.repository.js';
import type { RatingMetrics } from '../metrics.js';
import type { RangePublisher } from '../publish-ranges/range-publisher.js';
import { RangeBuilder } from '../publish-ranges/range-builder.js';
import { insertRanges, selectUnpublished } from '../publish-ranges/ranges.repository.js';
import {
  selectSealedThrough,
  selectTallies,
  upsertTallies,
} from '../sealing/sealing.repository.js';
import { Tallies } from '../sealing/tallies.js';
import { applyControls } from './apply-controls.js';
import { applyEvents, type AppliedEvents, type RatingWork } from './apply-events.js';
import { KEY_BYTES } from './chunk-events.js';
import type { Effects } from './effects.js';
import type { RatingContext } from './event-rater.js';
import { ensureInboxWeek, enterInboxWeek } from './inbox.repository.js';
import { PartitionState } from './partition-state.js';
import { readChunk, segmentsFrom, type Chunk } from './read-chunk.js';
import { TableMaker } from './table-maker.js';

/** The catalog as far as rating goes; `CatalogFeed` is one. */
export interface Catalog {
  readonly view: CatalogView;
  waitFor(catalogVersion: number, deadlineMs?: number): Promise<void>;
}

export interface RateBatchParts {
  /** Of the batch role. */
  readonly dataSource: DataSource;
  readonly offsets: PartitionOffsets;
  readonly catalog: Catalog;
  readonly publisher: RangePublisher;
  readonly metrics: RatingMetrics;
  readonly crashPoint: CrashPoint;
  readonly horizonMs: number;
  readonly customersInMemory: number;
}

/**
 * Turns records of the log into charges, exactly once: the offset is stored in the transaction of the effects, under
 * the partition's row lock. Everything is a function of the log and the catalog at each event's version.
 */
export class RateBatch {
  readonly #aligner = new BatchAligner();
  readonly #memory: PartitionMemory<PartitionState>;
  readonly #context: RatingContext;
  readonly #months: TableMaker;
  readonly #weeks: TableMaker;

  constructor(private readonly parts: RateBatchParts) {
    const { dataSource, catalog, horizonMs } = parts;
    this.#memory = new PartitionMemory((tx, partition) => this.#load(tx, partition));
    this.#context = {
      view: catalog.view,
      book: new PriceBook(catalog.view),
      numbers: new ChargeNumbers(numberStore(dataSource)),
      horizonMicros: horizonMs * 1_000,
    };
    this.#months = new TableMaker((month) => ensureChargesMonth(dataSource, month));
    this.#weeks = new TableMaker((week) => ensureInboxWeek(dataSource, week));
  }

  /** Applies a batch of one partition, in as many transactions as it takes. */
  async apply(batch: RecordBatch): Promise<void> {
    const { publisher, catalog, metrics } = this.parts;
    for (let at = 0; at < batch.records.length;) {
      if (batch.isStale() || !batch.isRunning()) return;
      const chunk = readChunk(batch.records, at);
      await publisher.room(batch.partition);
      await catalog.waitFor(chunk.catalogVersion);
      await this.#makeTables(chunk);
      const ended = metrics.startChunk();
      const rated = await this.#rate(batch, chunk);
      ended(rated ?? []);
      at += chunk.records.length;
    }
  }

  async #rate(batch: RecordBatch, chunk: Chunk): Promise<readonly Effects[] | undefined> {
    const { dataSource, offsets, crashPoint, publisher } = this.parts;
    const parts = { dataSource, offsets, memory: this.#memory, crashPoint };
    return runOnPartition<PartitionState, readonly Effects[]>(
      parts,
      batch.partition,
      async (work) => {
        const { read, tx, state } = work;
        const aligned = this.#aligner.align({ ...batch, records: chunk.records }, read.nextOffset);
        if (aligned.outcome !== 'apply') return undefined;
        const builder = new RangeBuilder(batch.partition, read.nextOffset);
        const { effects, remember } = await this.#applySegments(work, chunk, builder);
        const nextOffset = aligned.records.at(-1)!.offset + 1n;
        const ranges = builder.finish(nextOffset);
        const moved = state.tallies.takeMoved();
        if (moved.length > 0) await upsertTallies(tx, batch.partition, moved);
        await insertRanges(tx, ranges);
        tx.afterCommit(() => {
          remember();
          publisher.publish(batch.partition, ranges);
        });
        return work.done({ nextOffset, nextIndex: 0 }, effects);
      },
    );
  }

  async #applySegments(
    { tx, read, state }: PartitionWork<PartitionState, readonly Effects[]>,
    chunk: Chunk,
    ranges: RangeBuilder,
  ): Promise<{ readonly effects: readonly Effects[]; readonly remember: () => void }> {
    state.customers.makeRoom();
    const { week } = chunk;
    const otherWeeks = chunk.events > 0 ? await enterInboxWeek(tx, week) : [];
    const { partition } = ranges;
    const context = this.#context;
    const work: RatingWork = { tx, partition, state, ranges, context, week, otherWeeks };
    const effects: Effects[] = [];
    const applied: AppliedEvents[] = [];
    for (const segment of segmentsFrom(chunk, read.nextOffset)) {
      if (segment.case === 'controls') {
        effects.push(...(await applyControls(work, segment.controls)));
        continue;
      }
      const events = await applyEvents(work, segment.envelopes);
      applied.push(events);
      effects.push(...events.effects);
    }
    return { effects, remember: () => rememberKeys(state, applied) };
  }

  /** Under the partition's lock: what an earlier owner left unpublished is complete, and goes first. */
  async #load(tx: Transaction, partition: number): Promise<PartitionState> {
    const sealedThrough = await selectSealedThrough(tx, partition);
    const tallies = new Tallies(await selectTallies(tx, partition));
    this.parts.publisher.publishStored(partition, await selectUnpublished(tx, partition));
    return new PartitionState(sealedThrough, tallies, this.parts.customersInMemory);
  }

  /** Before the transaction: a table is made under locks that no transaction on a partition should hold. */
  async #makeTables({ events, week, usageMonths, entries }: Chunk): Promise<void> {
    if (events === 0) return;
    await this.#weeks.ensure(week);
    const appendedAt = entries[0]!.appendedAt;
    for (const month of usageMonths) {
      if (mayBeCharged(month, appendedAt, this.#context.horizonMicros)) {
        await this.#months.ensure(month);
      }
    }
  }
}

/** Keys enter the recent set after the commit, never before. */
function rememberKeys(state: PartitionState, applied: readonly AppliedEvents[]): void {
  for (const { events, effects } of applied) {
    for (const made of effects) {
      for (const ordinal of made.applied) state.recentKeys.add(events.keys, ordinal * KEY_BYTES);
    }
  }
}

/** Events of months far from their arrival are refused by time, and must not make tables. */
function mayBeCharged(month: number, appendedAt: number, horizonMicros: number): boolean {
  const start = Date.UTC(Math.floor(month / 100), (month % 100) - 1) * 1_000;
  const monthMicros = 31 * 86_400_000_000;
  return start + monthMicros > appendedAt - horizonMicros && start < appendedAt + monthMicros;
}
