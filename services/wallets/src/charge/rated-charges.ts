import { PartitionHalted } from '@farthing/adapters/kafka/kafka-errors';
import type { CrashPoint } from '@farthing/adapters/config/crash-point';
import type { ConsumedRecord } from '@farthing/adapters/kafka/batch-handler';
import { PartitionMemory } from '@farthing/adapters/postgres/partition-memory';
import type {
  PartitionOffsets,
  PartitionProgress,
} from '@farthing/adapters/postgres/partition-offsets';
import { runOnPartition } from '@farthing/adapters/postgres/partition-transaction';
import { LOG_GENERATION } from '@farthing/contracts/topics/log-generation';
import {
  decodeRatedMessage,
  type DecodedRatedMessage,
} from '@farthing/contracts/wire/rated-message';
import type { Position } from '@farthing/domain/rating/position';
import type { DataSource } from 'typeorm';
import { orHalt } from '../errors.js';
import type { Metrics } from '../metrics.js';
import type { PaidPublisher } from '../paid/paid-publisher.js';
import { applyRated, type AppliedParts } from './apply-rated.js';
import { ChunkSize } from './chunk-size.js';
import { loadPartitionState, type PartitionState } from './partition-state.js';
import { nextPart, type RatedPart } from './plan-chunk.js';

export interface RatedChargesParts {
  /** Of the batch role. */
  readonly dataSource: DataSource;
  readonly offsets: PartitionOffsets;
  readonly publisher: PaidPublisher;
  readonly metrics: Metrics;
  readonly crashPoint: CrashPoint;
}

/** What is kept between the transactions of one batch: the message that is being applied in parts. */
export interface BatchCursor {
  readonly partition: number;
  decoded: { readonly offset: bigint; readonly message: DecodedRatedMessage } | undefined;
}

/** Records of one batch from the given offset on; none when the batch has nothing to apply there. */
export type RecordsFrom = (nextOffset: bigint) => readonly ConsumedRecord[];

interface Chunk {
  readonly parts: readonly RatedPart[];
  readonly next: PartitionProgress;
  readonly isLast: boolean;
}

/** Small messages share a transaction, but never so many that their bytes pile up. */
const MESSAGES_MAX = 200;

/** Applies rated messages exactly once: each transaction trims, pays, posts and advances under the partition's lock. */
export class RatedCharges {
  private readonly memory: PartitionMemory<PartitionState>;
  private readonly chunkSize = new ChunkSize();

  constructor(private readonly parts: RatedChargesParts) {
    this.memory = new PartitionMemory((tx, partition) =>
      loadPartitionState(tx, partition, parts.publisher),
    );
  }

  cursor(partition: number): BatchCursor {
    return { partition, decoded: undefined };
  }

  isBehind(partition: number): boolean {
    return this.parts.publisher.isBehind(partition);
  }

  /** Sends what an earlier owner of the partition committed and perhaps never sent. */
  async takeUp(partition: number): Promise<void> {
    await runOnPartition({ ...this.parts, memory: this.memory }, partition, () =>
      Promise.resolve(undefined),
    );
  }

  /** One transaction of at most about `TARGET_MS`; true while the batch has more. */
  async applySome(cursor: BatchCursor, recordsFrom: RecordsFrom): Promise<boolean> {
    let lockedAtMs = 0;
    const applied = await runOnPartition<PartitionState, AppliedParts & { isLast: boolean }>(
      { ...this.parts, memory: this.memory },
      cursor.partition,
      async ({ tx, read, state, done }) => {
        lockedAtMs = performance.now();
        const records = recordsFrom(read.nextOffset);
        if (records.length === 0) return undefined;
        const chunk = this.plan(cursor, records, read);
        const { partition } = cursor;
        const outcome =
          chunk.parts.length === 0 ? NOTHING : await applyRated(tx, state, chunk.parts);
        tx.afterCommit(() => this.parts.publisher.append(partition, outcome.messages));
        return done(chunk.next, { ...outcome, isLast: chunk.isLast });
      },
    );
    if (!applied) return false;
    this.measure(applied, performance.now() - lockedAtMs);
    return !applied.isLast;
  }

  private plan(
    cursor: BatchCursor,
    records: readonly ConsumedRecord[],
    read: PartitionProgress,
  ): Chunk {
    const parts: RatedPart[] = [];
    let budget = this.chunkSize.charges;
    let position = read.nextPosition
      ? { ...read.nextPosition, partition: cursor.partition }
      : startOf(cursor.partition);
    let nextIndex = read.nextIndex;
    for (const [at, record] of records.entries()) {
      if (at > 0 && (budget <= 0 || at === MESSAGES_MAX)) {
        const next = { nextOffset: record.offset, nextIndex: 0, nextPosition: position };
        return { parts, next, isLast: false };
      }
      const outcome = nextPart(this.decode(cursor, record), position, budget);
      if (outcome.outcome === 'refused') throw gapAt(record, position, outcome.reason);
      if (outcome.outcome === 'part') {
        parts.push(outcome.part);
        budget -= outcome.part.charges.length;
        position = outcome.part.range.to;
        nextIndex += outcome.part.charges.length;
        if (!outcome.last) {
          // The index only tells one state of this record from the next; trimming goes by position.
          const next = { nextOffset: record.offset, nextIndex, nextPosition: position };
          return { parts, next, isLast: false };
        }
      }
      nextIndex = 0;
    }
    const nextOffset = records.at(-1)!.offset + 1n;
    return { parts, next: { nextOffset, nextIndex: 0, nextPosition: position }, isLast: true };
  }

  private decode(cursor: BatchCursor, record: ConsumedRecord): DecodedRatedMessage {
    if (cursor.decoded?.offset === record.offset) return cursor.decoded.message;
    const message = orHalt(`offset ${record.offset} of the rated charges`, () => {
      if (!record.value) throw new Error('the record is empty');
      return decodeRatedMessage(record.value);
    });
    cursor.decoded = { offset: record.offset, message };
    return message;
  }

  private measure(applied: AppliedParts, tookMs: number): void {
    const { charges, entries, shortfalls } = applied;
    this.chunkSize.learn(charges, tookMs);
    this.parts.metrics.chargesApplied({ charges, entries, seconds: tookMs / 1000 });
    for (const { nanos } of shortfalls) this.parts.metrics.walletOverdrawn(nanos);
  }
}

const NOTHING: AppliedParts = { messages: [], charges: 0, entries: 0, shortfalls: [] };

/** The first position of a partition that nothing was applied of. */
function startOf(partition: number): Position {
  return { generation: LOG_GENERATION, partition, offset: 0n, index: 0 };
}

function gapAt(record: ConsumedRecord, next: Position, reason: string): PartitionHalted {
  const place = `${next.generation}-${next.partition}-${next.offset}-${next.index}`;
  return new PartitionHalted(
    'gap',
    `offset ${record.offset} does not continue at ${place}: ${reason}`,
  );
}
