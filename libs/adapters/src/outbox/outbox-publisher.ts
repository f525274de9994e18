import { setTimeout as sleep } from 'node:timers/promises';
import type { DataSource } from 'typeorm';
import { neverCrash, type CrashPoint } from '../config/crash-point.js';
import { DeadlineExceeded } from '../kafka/kafka-errors.js';
import type { RecordProducer } from '../kafka/record-producer.js';
import { runInTransaction } from '../postgres/transaction.js';
import type { Logger } from '../telemetry/logger.js';
import type { OutboxRef } from './outbox.js';
import {
  findUnpublishedTargets,
  isPublished,
  markPublished,
  readUnpublished,
  tryLockTarget,
  type OutboxTarget,
} from './outbox-rows.js';

export interface OutboxPublisherOptions {
  /** Of the batch role. */
  readonly dataSource: DataSource;
  readonly producer: RecordProducer;
  readonly logger: Logger;
  readonly crashPoint?: CrashPoint;
  /** How often to look for what other processes left; what this one appends is sent at once. */
  readonly pollMs?: number;
  readonly sendDeadlineMs?: number;
}

/** A producer's answer past this is not waited for in the transaction that holds the partition. */
const SEND_DEADLINE_MS = 5_000;
const MAX_BYTES = 2 * 1024 * 1024;

/**
 * Sends outbox rows in the order of their numbers, one send in flight per partition in all processes together: the
 * transaction that holds the partition's advisory lock also marks the rows. A crash between the two sends them
 * again, which readers refuse by `commandId` or version.
 */
export class OutboxPublisher {
  private readonly busy = new Map<string, Promise<void>>();
  /** Targets notified while they were being sent: what was appended meanwhile may have been missed. */
  private readonly again = new Set<string>();
  private timer: NodeJS.Timeout | undefined;
  private closed = false;

  constructor(private readonly options: OutboxPublisherOptions) {}

  /** Sends first what an earlier owner left, then keeps looking. */
  start(): void {
    const poll = async () => {
      await this.publishLeftovers();
      if (!this.closed)
        this.timer = setTimeout(() => void poll(), this.options.pollMs ?? 1_000).unref();
    };
    void poll();
  }

  /** Call it after the commit that appended. */
  notify(target: OutboxTarget): void {
    const name = `${target.topic}/${target.partition}`;
    if (this.busy.has(name)) {
      this.again.add(name);
      return;
    }
    if (this.closed) return;
    const run = this.publishAll(target)
      .catch((error: unknown) =>
        this.options.logger.warn({ err: error, ...target }, 'publishing is delayed'),
      )
      .finally(() => {
        this.busy.delete(name);
        if (this.again.delete(name)) this.notify(target);
      });
    this.busy.set(name, run);
  }

  /**
   * Notifies, and resolves once Kafka has all of them; rejects with `DeadlineExceeded` otherwise. The change stays
   * committed then and is sent later: answer 503.
   */
  async published(refs: readonly OutboxRef[], deadlineMs: number): Promise<void> {
    const endsAtMs = Date.now() + deadlineMs;
    for (const ref of refs) this.notify(ref);
    for (const ref of refs) {
      for (
        let waitMs = 2;
        !(await isPublished(this.options.dataSource, ref));
        waitMs = Math.min(50, waitMs * 2)
      ) {
        const leftMs = endsAtMs - Date.now();
        if (leftMs <= 0) throw new DeadlineExceeded(`not published within ${deadlineMs} ms`);
        const own = this.busy.get(`${ref.topic}/${ref.partition}`);
        // Our own send tells at once; another process's is seen by looking again.
        await Promise.race([own ?? sleep(waitMs), sleep(Math.min(leftMs, own ? leftMs : waitMs))]);
      }
    }
  }

  async close(): Promise<void> {
    this.closed = true;
    clearTimeout(this.timer);
    this.again.clear();
    await Promise.all(this.busy.values());
  }

  private async publishLeftovers(): Promise<void> {
    try {
      for (const target of await findUnpublishedTargets(this.options.dataSource))
        this.notify(target);
    } catch (error) {
      this.options.logger.warn({ err: error }, 'the outbox cannot be read');
    }
  }

  private async publishAll(target: OutboxTarget): Promise<void> {
    while (!this.closed && (await this.publishSome(target))) {
      // Until nothing is left, or another process has the partition.
    }
  }

  private async publishSome(target: OutboxTarget): Promise<boolean> {
    const { dataSource, producer, crashPoint = neverCrash } = this.options;
    const deadlineMs = this.options.sendDeadlineMs ?? SEND_DEADLINE_MS;
    const options = { idleInTransactionTimeoutMs: deadlineMs + 5_000 };
    return runInTransaction(dataSource, options, async (tx) => {
      if (!(await tryLockTarget(tx, target))) return false;
      const rows = await readUnpublished(tx, target, MAX_BYTES);
      if (rows.length === 0) return false;
      crashPoint('before_publish');
      await producer.send({
        topic: target.topic,
        partition: target.partition,
        records: rows.map((row) => ({ key: row.key ?? undefined, value: row.value })),
        deadlineMs,
      });
      await markPublished(tx, rows);
      return true;
    });
  }
}
