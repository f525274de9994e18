import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Consumer, EachBatchPayload } from 'kafkajs';
import type { Logger } from '../telemetry/logger.js';
import type { ConsumedRecord } from './batch-handler.js';
import { recordFromMessage } from './record-from-message.js';
import type { KafkaConnection } from './kafka-client.js';
import { DeadlineExceeded, isBrokerAway } from './kafka-errors.js';
import { createTopicAdmin, type TopicAdmin } from './topic-admin.js';

export interface WholeTopicReaderOptions {
  readonly kafka: KafkaConnection;
  readonly topic: string;
  /** Whose reader it is; the group's name is made of it, unique to this process. */
  readonly service: string;
  /** Called in the order of each partition, one at a time. A throw ends the process: a projection with a hole lies. */
  readonly onRecord: (record: ConsumedRecord, partition: number) => Promise<void> | void;
  readonly logger: Logger;
  readonly onFatal?: (error: unknown) => void;
}

/**
 * Reads a whole topic in every process: from the beginning, in a group of its own because kafkajs has no manual
 * assignment, and without committing anything.
 */
export interface WholeTopicReader {
  /**
   * Resolves when everything that was in the topic at the time of the call has been through `onRecord`. Rejects
   * with `DeadlineExceeded` when that takes longer.
   */
  readToEndAsOfNow(deadlineMs?: number): Promise<void>;
  millisSinceLastPoll(): number;
  /** Also deletes the group, so that the broker does not collect one per start. */
  close(): Promise<void>;
}

/** Starts to read and answers at once; `readToEndAsOfNow` tells when it has caught up. */
export async function createWholeTopicReader(
  options: WholeTopicReaderOptions,
): Promise<WholeTopicReader> {
  const groupId = `farthing.${options.service}.${options.topic}.${randomUUID()}`;
  const reader = new GroupOfOneReader(options, groupId);
  await reader.start();
  return reader;
}

interface Waiter {
  readonly targets: ReadonlyMap<number, bigint>;
  readonly resolve: () => void;
}

class GroupOfOneReader implements WholeTopicReader {
  private readonly admin: TopicAdmin;
  /** By partition, the offset after the last record that went through `onRecord`. */
  private readonly read = new Map<number, bigint>();
  private readonly waiters = new Set<Waiter>();
  private consumer: Consumer | undefined;
  private polledAtMs = Date.now();
  private closing = false;

  constructor(
    private readonly options: WholeTopicReaderOptions,
    private readonly groupId: string,
  ) {
    this.admin = createTopicAdmin(options.kafka);
  }

  async start(): Promise<void> {
    const consumer = this.createConsumer();
    this.consumer = consumer;
    await this.untilKafkaAnswers(() => consumer.connect());
    const topic = this.options.kafka.withPrefix(this.options.topic);
    await this.untilKafkaAnswers(() =>
      consumer.subscribe({ topics: [topic], fromBeginning: true }),
    );
    await consumer.run({
      autoCommit: false,
      eachBatchAutoResolve: false,
      eachBatch: (payload) => this.eachBatch(payload),
    });
  }

  private createConsumer(): Consumer {
    const consumer = this.options.kafka.kafka.consumer({
      groupId: this.options.kafka.withPrefix(this.groupId),
      allowAutoTopicCreation: false,
      maxWaitTimeInMs: 1_000,
      retry: { initialRetryTime: 100, maxRetryTime: 2_000, retries: 10 },
    });
    consumer.on(consumer.events.FETCH, () => {
      this.polledAtMs = Date.now();
    });
    consumer.on(consumer.events.CRASH, ({ payload }) => {
      if (payload.restart || this.closing) return;
      if (isBrokerAway(payload.error)) void this.startAgain(payload.error);
      else this.fatal(payload.error);
    });
    return consumer;
  }

  /** With a fresh consumer, from the beginning: what was read is passed over by its offset. */
  private async startAgain(error: Error): Promise<void> {
    this.options.logger.warn({ err: error }, 'the broker is away; the reader starts again');
    try {
      await sleep(1_000);
      await this.consumer?.disconnect();
      if (!this.closing) await this.start();
    } catch (failure) {
      this.fatal(failure);
    }
  }

  async readToEndAsOfNow(deadlineMs = 10_000): Promise<void> {
    const watermarks = await this.admin.watermarks(this.options.topic);
    // What retention has already deleted will not come any more.
    const targets = [...watermarks].filter(([, { low, high }]) => high > low);
    const waiter = { targets: new Map(targets.map(([partition, { high }]) => [partition, high])) };
    if (this.hasReached(waiter.targets)) return;
    await new Promise<void>((resolve, reject) => {
      const entry: Waiter = {
        ...waiter,
        resolve: () => {
          clearTimeout(timer);
          resolve();
        },
      };
      const timer = setTimeout(() => {
        this.waiters.delete(entry);
        reject(
          new DeadlineExceeded(
            `${this.options.topic} was not read to its end within ${deadlineMs} ms`,
          ),
        );
      }, deadlineMs);
      this.waiters.add(entry);
    });
  }

  millisSinceLastPoll(): number {
    return Date.now() - this.polledAtMs;
  }

  async close(): Promise<void> {
    this.closing = true;
    await this.consumer?.disconnect();
    await this.admin.deleteGroup(this.groupId).catch((error: unknown) => {
      this.options.logger.debug({ err: error }, 'the reader left its group behind');
    });
    await this.admin.close();
  }

  private async eachBatch(payload: EachBatchPayload): Promise<void> {
    const { partition, messages } = payload.batch;
    for (const message of messages) {
      if (!payload.isRunning()) return;
      const offset = BigInt(message.offset);
      const next = this.read.get(partition) ?? 0n;
      // A rebalance starts again from the beginning, as nothing was committed.
      if (offset >= next) {
        await this.pass(recordFromMessage(message), partition);
        this.read.set(partition, offset + 1n);
      }
      payload.resolveOffset(message.offset);
      await payload.heartbeat();
    }
    this.release();
  }

  private async pass(record: ConsumedRecord, partition: number): Promise<void> {
    try {
      await this.options.onRecord(record, partition);
    } catch (error) {
      this.fatal(error);
      throw error;
    }
  }

  private release(): void {
    for (const waiter of this.waiters) {
      if (!this.hasReached(waiter.targets)) continue;
      this.waiters.delete(waiter);
      waiter.resolve();
    }
  }

  private hasReached(targets: ReadonlyMap<number, bigint>): boolean {
    return [...targets].every(([partition, end]) => (this.read.get(partition) ?? 0n) >= end);
  }

  private fatal(error: unknown): void {
    this.options.logger.fatal({ err: error, topic: this.options.topic }, 'the reader cannot go on');
    (this.options.onFatal ?? (() => process.exit(1)))(error);
  }

  private async untilKafkaAnswers(attempt: () => Promise<void>): Promise<void> {
    while (!this.closing) {
      try {
        await attempt();
        return;
      } catch (error) {
        this.options.logger.warn(
          { err: error, topic: this.options.topic },
          'Kafka does not answer yet',
        );
        await sleep(1_000);
      }
    }
  }
}
