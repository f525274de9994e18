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
import type { Barrier } from '@farthing/contracts/generated/farthing/usage/v1/usage_record_pb';
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
import { settledCatalog } from '../sealing/settled-catalog.js';
import { Tallies } from '../sealing/tallies.js';
import { applyControls } from './apply-controls.js';
import { applyEvents, type AppliedEvents, type RatingWork } from './apply-events.js';
import { checkTokens, type CheckedTokens } from './check-tokens.js';
import { KEY_BYTES } from './chunk-events.js';
import type { Effects } from './effects.js';
import type { LoggedEnvelope } from './logged-envelope.js';
import type { RatingContext } from './rating-context.js';
import { ensureInboxWeek, enterInboxWeek } from './inbox.repository.js';
import { PartitionState } from './partition-state.js';
import { PERIODS_AT_ONCE, stepBarrier, type AppliedStep } from './pass-barrier.js';
import {
  envelopesOf,
  readChunk,
  segmentsFrom,
  type Chunk,
  type LoggedBarrier,
} from './read-chunk.js';
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
  /** Takes the ranges after their commit. */
  readonly publisher: Pick<RangePublisher, 'publish' | 'publishStored' | 'room'>;
  readonly metrics: RatingMetrics;
  readonly crashPoint: CrashPoint;
  readonly horizonMs: number;
  readonly customersInMemory: number;
  /** Of the log. */
  readonly partitions: number;
  /** How many periods a transaction settles at most; part of what a log comes to, so the same for all processes. */
  readonly periodsAtOnce?: number;
  /** What reads events in another way than the log says; rating itself has none. */
  readonly reMeter?: ReMeter | undefined;
}

/** Answers an envelope with those of its events that are rated in another way. */
export type ReMeter = (envelope: LoggedEnvelope, partition: number) => LoggedEnvelope;

type RatingTransaction = PartitionWork<PartitionState, AppliedStep>;

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
    const { publisher, catalog, metrics, reMeter } = this.parts;
    for (let at = 0; at < batch.records.length;) {
      if (batch.isStale() || !batch.isRunning()) return;
      const chunk = readChunk(batch.records, at, {
        settles: (barrier) => this.#settles(barrier),
        reMeter: reMeter && ((envelope) => reMeter(envelope, batch.partition)),
      });
      await publisher.room(batch.partition);
      await catalog.waitFor(chunk.catalogVersion);
      await this.#makeTables(chunk);
      const ended = metrics.startChunk();
      const { barrier } = chunk;
      const rated = barrier
        ? await this.#pass(batch, chunk, barrier)
        : await this.#rate(batch, chunk);
      ended(rated);
      at += chunk.records.length;
    }
  }

  /** As far as the catalog was read; a barrier that was made with more of it may. */
  #settles({ tenant, catalogVersion }: Barrier): boolean {
    const version = Number(catalogVersion);
    const { view } = this.#context;
    return version > view.version || settledCatalog(view, tenant, version).prices.length > 0;
  }

  async #rate(batch: RecordBatch, chunk: Chunk): Promise<readonly Effects[]> {
    const tokens = await checkTokens(envelopesOf(chunk), this.#context.view);
    const made = await this.#transact(batch, chunk, async (work, builder, end) => {
      const { effects, remember } = await this.#applySegments(work, { chunk, tokens }, builder);
      work.tx.afterCommit(remember);
      return { next: { offset: end, index: 0 }, effects };
    });
    return made?.effects ?? [];
  }

  /** Seals, settles minimums chunk by chunk, and passes: each a transaction. Who takes over goes on where it stands. */
  async #pass(
    batch: RecordBatch,
    chunk: Chunk,
    barrier: LoggedBarrier,
  ): Promise<readonly Effects[]> {
    const { publisher, partitions, periodsAtOnce = PERIODS_AT_ONCE } = this.parts;
    const context = this.#context;
    const { week } = chunk;
    const settling = { partitions, periodsAtOnce };
    const effects: Effects[] = [];
    while (!batch.isStale() && batch.isRunning()) {
      let unmade: readonly number[] = [];
      const step = await this.#transact(batch, chunk, async ({ tx, read, state }, ranges) => {
        const work = { tx, partition: batch.partition, state, ranges, context, week, settling };
        const taken = await stepBarrier(work, barrier, read.nextIndex);
        unmade = taken.usageMonths.filter((month) => !this.#months.isMade(month));
        return unmade.length > 0 ? undefined : taken.save();
      });
      for (const month of unmade) await this.#months.ensure(month);
      if (unmade.length > 0) continue;
      if (!step) break;
      effects.push(...step.effects);
      if (step.next.index === 0) break;
      await batch.heartbeat();
      await publisher.room(batch.partition);
    }
    return effects;
  }

  /** One transaction: what `apply` makes, with its ranges and the next position. Undefined when nothing is applied. */
  async #transact(
    batch: RecordBatch,
    chunk: Chunk,
    apply: (
      work: RatingTransaction,
      builder: RangeBuilder,
      end: bigint,
    ) => Promise<AppliedStep | undefined>,
  ): Promise<AppliedStep | undefined> {
    const { dataSource, offsets, crashPoint, publisher } = this.parts;
    const parts = { dataSource, offsets, memory: this.#memory, crashPoint };
    const { partition } = batch;
    return runOnPartition<PartitionState, AppliedStep>(parts, partition, async (work) => {
      const { read, tx, state } = work;
      const aligned = this.#aligner.align({ ...batch, records: chunk.records }, read.nextOffset);
      if (aligned.outcome !== 'apply') return undefined;
      const from = { offset: read.nextOffset, index: read.nextIndex };
      const builder = new RangeBuilder(partition, from);
      const applied = await apply(work, builder, aligned.records.at(-1)!.offset + 1n);
      if (!applied) return undefined;
      const { next } = applied;
      const ranges = builder.finish(next);
      const moved = state.tallies.takeMoved();
      if (moved.length > 0) await upsertTallies(tx, partition, moved);
      await insertRanges(tx, ranges);
      tx.afterCommit(() => publisher.publish(partition, ranges));
      return work.done({ nextOffset: next.offset, nextIndex: next.index }, applied);
    });
  }

  async #applySegments(
    { tx, read, state }: RatingTransaction,
    { chunk, tokens }: { readonly chunk: Chunk; readonly tokens: CheckedTokens },
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
      const events = await applyEvents(work, segment.envelopes, tokens);
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
