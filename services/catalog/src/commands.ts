import type { FastifyReply, FastifyRequest } from 'fastify';
import type { DataSource } from 'typeorm';
import { answerOnce, type Answer } from '@farthing/adapters/http/idempotency';
import type { OutboxRef } from '@farthing/adapters/outbox/outbox';
import type { OutboxPublisher } from '@farthing/adapters/outbox/outbox-publisher';
import { runAsTenant } from '@farthing/adapters/postgres/api-transaction';
import type { Transaction } from '@farthing/adapters/postgres/transaction';
import type { CatalogMetrics } from './metrics.js';

/** What a command did, for the metric, beside its answer. */
export interface CommandAnswer<Body> extends Answer<Body> {
  readonly kind: string;
  readonly changed: boolean;
}

/** What a command of another service did, and what Kafka must have before it is answered. */
export interface InternalAnswer<Result> {
  readonly result: Result;
  readonly messages: readonly OutboxRef[];
  readonly kind: string;
  readonly changed: boolean;
}

export interface CommandsParts {
  /** Of the API role. */
  readonly dataSource: DataSource;
  readonly publisher: OutboxPublisher;
  readonly metrics: CatalogMetrics;
  /** How long a call waits for Kafka before it answers 503; its change stays committed. */
  readonly deadlineMs?: number;
}

/** How every route gets at the database: as one tenant, in one transaction. */
export class Commands {
  constructor(private readonly parts: CommandsParts) {}

  /** Answers after Kafka has what the command sent; the same `Idempotency-Key` gets the same answer. */
  async run<Body>(
    http: { readonly request: FastifyRequest; readonly reply: FastifyReply },
    tenantId: string,
    work: (tx: Transaction) => Promise<CommandAnswer<Body>>,
  ): Promise<Body> {
    const { dataSource, publisher, metrics, deadlineMs } = this.parts;
    const { method, url, headers, body } = http.request;
    const answer = await answerOnce<Body>(
      {
        dataSource,
        publisher,
        tenant: { tenantId },
        request: { method, url, headers, body },
        ...(deadlineMs !== undefined && { deadlineMs }),
      },
      async (tx) => {
        const { kind, changed, ...fresh } = await work(tx);
        tx.afterCommit(() => count(metrics, kind, changed));
        return fresh;
      },
    );
    void http.reply.status(answer.status);
    return answer.body;
  }

  /** The same for what another service asks over gRPC, which is idempotent by itself. */
  async runInternal<Result>(
    tenantId: string,
    work: (tx: Transaction) => Promise<InternalAnswer<Result>>,
  ): Promise<Result> {
    const { dataSource, publisher, metrics, deadlineMs } = this.parts;
    const { result, messages } = await runAsTenant(dataSource, { tenantId }, async (tx) => {
      const answer = await work(tx);
      tx.afterCommit(() => count(metrics, answer.kind, answer.changed));
      return answer;
    });
    await publisher.published(messages, deadlineMs ?? 5_000);
    return result;
  }

  read<Result>(tenantId: string, work: (tx: Transaction) => Promise<Result>): Promise<Result> {
    return runAsTenant(this.parts.dataSource, { tenantId, readOnly: true }, work);
  }
}

function count(metrics: CatalogMetrics, kind: string, changed: boolean): void {
  if (changed) metrics.versionRecorded(kind);
  else metrics.nothingChanged(kind);
}
