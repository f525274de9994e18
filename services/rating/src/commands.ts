import type { FastifyReply, FastifyRequest } from 'fastify';
import type { DataSource } from 'typeorm';
import { answerOnce } from '@farthing/adapters/http/idempotency';
import type { OutboxRef } from '@farthing/adapters/outbox/outbox';
import type { OutboxPublisher } from '@farthing/adapters/outbox/outbox-publisher';
import type { Transaction } from '@farthing/adapters/postgres/transaction';

/** A command that was taken: what it says now, and where to see what becomes of it. */
export interface TakenCommand<Body> {
  readonly location: string;
  readonly body: Body;
}

/** What the HTTP commands share: a transaction of the API role, confined to the caller's tenant, and the outbox. */
export class Commands {
  constructor(
    private readonly dataSource: DataSource,
    private readonly publisher: OutboxPublisher,
  ) {}

  /** Answers 202 once the command is committed; the same `Idempotency-Key` gets the same answer. */
  async run<Body>(
    http: { readonly request: FastifyRequest; readonly reply: FastifyReply },
    tenantId: string,
    work: (tx: Transaction) => Promise<TakenCommand<Body>>,
  ): Promise<Body> {
    const { method, url, headers, body } = http.request;
    const request = { method, url, headers, body };
    const options = { dataSource: this.dataSource, tenant: { tenantId }, request };
    const answer = await answerOnce(options, async (tx) => ({ status: 202, body: await work(tx) }));
    void http.reply.status(answer.status).header('location', answer.body.location);
    return answer.body.body;
  }

  /** What is lost on the way is sent again: it is in the outbox. */
  sendAfterCommit(tx: Transaction, message: OutboxRef): void {
    tx.afterCommit(() => this.publisher.notify(message));
  }
}
