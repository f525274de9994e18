import { setTimeout as sleep } from 'node:timers/promises';
import type { CrashPoint } from '@farthing/adapters/config/crash-point';
import type { RecordProducer } from '@farthing/adapters/kafka/record-producer';
import { runInTransaction } from '@farthing/adapters/postgres/transaction';
import type { Logger } from '@farthing/adapters/telemetry/logger';
import { TOPICS } from '@farthing/contracts/topics/topic-names';
import type { DataSource } from 'typeorm';
import type { Metrics } from '../metrics.js';
import { markPublished, type OutgoingPaid } from './paid-messages.repository.js';

export interface PaidPublisherParts {
  /** Of the batch role. */
  readonly dataSource: DataSource;
  readonly producer: RecordProducer;
  readonly logger: Logger;
  readonly crashPoint: CrashPoint;
  readonly metrics: Metrics;
}

const SEND_BYTES_MAX = 2 * 1024 * 1024;
const SEND_DEADLINE_MS = 5_000;
const RETRY_MS = 500;
/** A consumer that is this far ahead of Kafka waits. */
const WAITING_BYTES_MAX = 4 * 1024 * 1024;

interface Lane {
  waiting: OutgoingPaid[];
  running: Promise<void> | undefined;
}

/**
 * Sends paid messages in the order of their ranges, one send in flight per partition, the next after the
 * acknowledgement. A message that is sent twice is trimmed by its readers; one is never sent before those below it.
 */
export class PaidPublisher {
  private readonly lanes = new Map<number, Lane>();
  private closed = false;

  constructor(private readonly parts: PaidPublisherParts) {}

  /** What the table says is unpublished, read under the partition's lock: it replaces what this process knew. */
  adopt(partition: number, messages: readonly OutgoingPaid[]): void {
    const lane = this.laneOf(partition);
    lane.waiting = [...messages];
    this.run(lane, partition);
  }

  /** What a transaction has just committed, behind all that this process knows of. */
  append(partition: number, messages: readonly OutgoingPaid[]): void {
    const lane = this.laneOf(partition);
    lane.waiting.push(...messages);
    this.run(lane, partition);
  }

  /** Whether the partition's queue is so long that its consumer should wait. */
  isBehind(partition: number): boolean {
    const { waiting } = this.laneOf(partition);
    return waiting.reduce((sum, { bytes }) => sum + bytes.length, 0) > WAITING_BYTES_MAX;
  }

  /** Resolves when everything that was appended has been sent and marked; for tests and the drain. */
  async idle(): Promise<void> {
    const running = () => [...this.lanes.values()].flatMap((lane) => lane.running ?? []);
    while (running().length > 0) await Promise.all(running());
  }

  /** What is not sent by then stays in the table for the next owner. */
  async close(): Promise<void> {
    const timer = setTimeout(() => (this.closed = true), SEND_DEADLINE_MS);
    await this.idle();
    clearTimeout(timer);
    this.closed = true;
  }

  private laneOf(partition: number): Lane {
    let lane = this.lanes.get(partition);
    if (!lane) {
      lane = { waiting: [], running: undefined };
      this.lanes.set(partition, lane);
    }
    return lane;
  }

  private run(lane: Lane, partition: number): void {
    if (lane.running || this.closed || lane.waiting.length === 0) return;
    lane.running = this.sendAll(lane, partition).finally(() => {
      lane.running = undefined;
      this.run(lane, partition);
    });
  }

  private async sendAll(lane: Lane, partition: number): Promise<void> {
    while (lane.waiting.length > 0 && !this.closed) {
      const queue = lane.waiting;
      const sending = firstBytes(queue, SEND_BYTES_MAX);
      try {
        this.parts.crashPoint('before_publish');
        await this.parts.producer.send({
          topic: TOPICS.chargesPaid,
          partition,
          records: sending.map(({ bytes }) => ({ value: bytes })),
          deadlineMs: SEND_DEADLINE_MS,
        });
        await this.mark(sending);
        this.parts.metrics.paidMessagesPublished(sending.length);
      } catch (error) {
        this.parts.logger.warn({ err: error, partition }, 'publishing paid charges is delayed');
        await sleep(RETRY_MS);
        continue;
      }
      // Another list was adopted meanwhile: it holds whatever is still to be sent.
      if (lane.waiting === queue) lane.waiting.splice(0, sending.length);
    }
  }

  private async mark(sent: readonly OutgoingPaid[]): Promise<void> {
    const { to } = sent.at(-1)!.range;
    await runInTransaction(this.parts.dataSource, {}, (tx) => markPublished(tx, to));
  }
}

/** At least one; together at most `most` bytes. */
function firstBytes(messages: readonly OutgoingPaid[], most: number): OutgoingPaid[] {
  let bytes = 0;
  const end = messages.findIndex((message, at) => {
    bytes += message.bytes.length;
    return at > 0 && bytes > most;
  });
  return messages.slice(0, end === -1 ? messages.length : end);
}
