import { setTimeout as sleep } from 'node:timers/promises';
import type { DataSource } from 'typeorm';
import type { CrashPoint } from '@farthing/adapters/config/crash-point';
import type { RecordProducer } from '@farthing/adapters/kafka/record-producer';
import { runInTransaction } from '@farthing/adapters/postgres/transaction';
import type { Logger } from '@farthing/adapters/telemetry/logger';
import type { CatalogView } from '@farthing/contracts/catalog/catalog-view';
import { TOPICS } from '@farthing/contracts/topics/topic-names';
import type { WirePosition } from '@farthing/contracts/wire/position-message';
import type { RatedRange } from './rated-range.js';
import { markPublished, selectUnpublished, type StoredRange } from './ranges.repository.js';
import { rebuildRange } from './rebuild-range.js';

export interface RangePublisherParts {
  /** Of the batch role. */
  readonly dataSource: DataSource;
  readonly producer: RecordProducer;
  readonly view: CatalogView;
  readonly crashPoint: CrashPoint;
  readonly logger: Logger;
  readonly onPublished?: (messages: number) => void;
}

/** From memory after the commit, or as rows tell after a crash. */
type Waiting = { readonly from: WirePosition } & (
  | { readonly bytes: Buffer }
  | { readonly stored: StoredRange }
);

interface Lane {
  readonly waiting: Waiting[];
  /** Sent, but their rows do not say so yet. */
  readonly unmarked: WirePosition[];
  /** The last range that was put in line: rows up to it need not be read again. */
  last: WirePosition | undefined;
  running: Promise<void> | undefined;
  idle: Array<() => void>;
}

/** More wait than this and the next transaction waits, so that memory stays bounded when Kafka is slow. */
const WAITING_MAX = 4;
const SEND_BYTES_MAX = 3 * 1024 * 1024;
const RETRY_MS = 500;
const DEADLINE_MS = 30_000;

/**
 * Publishes committed ranges to `charges.rated.v1`: in order, one send in flight per partition, the next after the
 * acknowledgement. What it sends twice, after a crash or beside a zombie, readers trim by position.
 */
export class RangePublisher {
  readonly #lanes = new Map<number, Lane>();
  #closed = false;

  constructor(private readonly parts: RangePublisherParts) {}

  /** In line behind what waits. Call it after the commit, in the order of commits. */
  publish(partition: number, ranges: readonly RatedRange[]): void {
    this.#enqueue(
      partition,
      ranges.map(({ from, bytes }) => ({ from, bytes })),
    );
  }

  /** Puts in line what an earlier owner committed and nobody is known to have published. */
  publishStored(partition: number, ranges: readonly StoredRange[]): void {
    const { last } = this.#lane(partition);
    const fresh = last ? ranges.filter(({ from }) => isAfter(from, last)) : ranges;
    this.#enqueue(
      partition,
      fresh.map((stored) => ({ from: stored.from, stored })),
    );
  }

  /** On assignment, and for what got stuck: reads the rows and puts them in line. */
  async takeOver(partition: number): Promise<void> {
    const lane = this.#lane(partition);
    if (lane.running) return;
    if (lane.unmarked.length > 0) await this.#mark(lane);
    const ranges = await runInTransaction(this.parts.dataSource, { readOnly: true }, (tx) =>
      selectUnpublished(tx, partition),
    );
    if (ranges.length > 0) this.publishStored(partition, ranges);
  }

  get waiting(): number {
    return [...this.#lanes.values()].reduce((sum, lane) => sum + lane.waiting.length, 0);
  }

  /** Resolves when few enough wait for the partition to make more. */
  async room(partition: number): Promise<void> {
    const lane = this.#lane(partition);
    while (lane.waiting.length > WAITING_MAX && !this.#closed) {
      await new Promise<void>((resolve) => lane.idle.push(resolve));
    }
  }

  /** Ends after the sends in flight; what still waits is published by the next owner, from its rows. */
  async close(): Promise<void> {
    this.#closed = true;
    for (const lane of this.#lanes.values()) release(lane);
    await Promise.all([...this.#lanes.values()].map((lane) => lane.running ?? Promise.resolve()));
  }

  #enqueue(partition: number, waiting: readonly Waiting[]): void {
    const lane = this.#lane(partition);
    lane.waiting.push(...waiting);
    lane.last = waiting.at(-1)?.from ?? lane.last;
    if (this.#closed) return;
    lane.running ??= this.#run(partition, lane).finally(() => {
      lane.running = undefined;
    });
  }

  async #run(partition: number, lane: Lane): Promise<void> {
    while (lane.waiting.length > 0 && !this.#closed) {
      try {
        await this.#sendNext(partition, lane);
      } catch (error) {
        this.parts.logger.warn({ err: error, partition }, 'rated messages wait for Kafka');
        await sleep(RETRY_MS);
      }
      release(lane);
    }
  }

  async #sendNext(partition: number, lane: Lane): Promise<void> {
    const values: Buffer[] = [];
    let bytes = 0;
    for (const waiting of lane.waiting) {
      if (bytes >= SEND_BYTES_MAX - 512 * 1024) break;
      const value = await this.#bytesOf(waiting);
      values.push(value);
      bytes += value.length;
    }
    this.parts.crashPoint('before_publish');
    await this.parts.producer.send({
      topic: TOPICS.chargesRated,
      partition,
      records: values.map((value) => ({ value })),
      deadlineMs: DEADLINE_MS,
    });
    const sent = lane.waiting.splice(0, values.length);
    this.parts.onPublished?.(sent.length);
    lane.unmarked.push(...sent.map(({ from }) => from));
    await this.#mark(lane);
  }

  async #mark({ unmarked }: Lane): Promise<void> {
    const marking = [...unmarked];
    await runInTransaction(this.parts.dataSource, {}, (tx) => markPublished(tx, marking));
    unmarked.splice(0, marking.length);
  }

  #bytesOf(waiting: Waiting): Promise<Buffer> | Buffer {
    if ('bytes' in waiting) return waiting.bytes;
    const { dataSource, view } = this.parts;
    return runInTransaction(dataSource, { readOnly: true }, (tx) =>
      rebuildRange(tx, view, waiting.stored),
    );
  }

  #lane(partition: number): Lane {
    let lane = this.#lanes.get(partition);
    if (!lane) {
      lane = { waiting: [], unmarked: [], last: undefined, running: undefined, idle: [] };
      this.#lanes.set(partition, lane);
    }
    return lane;
  }
}

function release(lane: Lane): void {
  for (const resolve of lane.idle.splice(0)) resolve();
}

function isAfter(a: WirePosition, b: WirePosition): boolean {
  return a.offset === b.offset ? a.index > b.index : a.offset > b.offset;
}
