import { setTimeout as sleep } from 'node:timers/promises';
import type { DataSource } from 'typeorm';
import { DeadlineExceeded } from '@farthing/adapters/kafka/kafka-errors';
import type { TopicAdmin } from '@farthing/adapters/kafka/topic-admin';
import type { Logger } from '@farthing/adapters/telemetry/logger';
import { INBOUND_PARTITIONS, inboundTopicOf } from '@farthing/contracts/topics/topic-names';

export interface InboundTopicsParts {
  readonly admin: TopicAdmin;
  /** Of the batch role: it sees every tenant. */
  readonly dataSource: DataSource;
  readonly logger: Logger;
  readonly deadlineMs?: number;
  readonly retryMs?: number;
}

const CONFIG = { 'message.timestamp.type': 'LogAppendTime', 'max.message.bytes': '4194304' };

/** Each tenant's own topic of events. Topics are never auto-created, so they are made with the tenant. */
export class InboundTopics {
  private timer: NodeJS.Timeout | undefined;
  private closed = false;

  constructor(private readonly parts: InboundTopicsParts) {}

  /** Makes up for what a start or a call without Kafka left undone, and tries until it is done. */
  reconcile(): void {
    clearTimeout(this.timer);
    this.makeAll().catch((error: unknown) => {
      this.parts.logger.warn({ err: error }, 'inbound topics are still to be made');
      if (this.closed) return;
      this.timer = setTimeout(() => this.reconcile(), this.parts.retryMs ?? 5_000).unref();
    });
  }

  /**
   * Makes those that are missing. Rejects with `DeadlineExceeded` when Kafka does not answer in time; they are made
   * later then, when the tenants are committed.
   */
  async ensure(tenants: readonly string[]): Promise<void> {
    const deadlineMs = this.parts.deadlineMs ?? 5_000;
    const late = new AbortController();
    const timer = setTimeout(() => late.abort(), deadlineMs);
    const passed = new Promise<never>((_resolve, reject) => {
      const error = new DeadlineExceeded(`Kafka made no topic within ${deadlineMs} ms`);
      late.signal.addEventListener('abort', () => reject(error), { once: true });
    });
    try {
      await Promise.race([this.makePatiently(tenants, late.signal), passed]);
    } finally {
      clearTimeout(timer);
      late.abort();
    }
  }

  close(): void {
    this.closed = true;
    clearTimeout(this.timer);
  }

  private async makeAll(): Promise<void> {
    const tenants = await listTenantIds(this.parts.dataSource);
    if (tenants.length > 0) await this.make(tenants);
  }

  /** A broker that elects a leader answers with an error that passes. */
  private async makePatiently(tenants: readonly string[], late: AbortSignal): Promise<void> {
    while (!late.aborted) {
      try {
        await this.make(tenants);
        return;
      } catch (error) {
        this.parts.logger.debug({ err: error }, 'topics could not be made; trying again');
        await sleep(100);
      }
    }
  }

  private async make(tenants: readonly string[]): Promise<void> {
    const topics = tenants.map((tenant) => ({
      name: inboundTopicOf(tenant),
      partitions: INBOUND_PARTITIONS,
      config: CONFIG,
    }));
    const made = await this.parts.admin.ensureTopics(topics);
    if (made.length > 0) this.parts.logger.info({ topics: made }, 'inbound topics were made');
  }
}

async function listTenantIds(dataSource: DataSource): Promise<string[]> {
  const rows = await dataSource.query<{ tenant: string }[]>(
    `select distinct tenant from versions where kind = 'tenant'`,
  );
  return rows.map(({ tenant }) => tenant);
}
