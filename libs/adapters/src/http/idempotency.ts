import { createHash } from 'node:crypto';
import type { DataSource } from 'typeorm';
import type { OutboxRef } from '../outbox/outbox.js';
import type { OutboxPublisher } from '../outbox/outbox-publisher.js';
import {
  runAsTenant,
  tenantPolicySql,
  type TenantTransactionOptions,
} from '../postgres/api-transaction.js';
import type { Transaction } from '../postgres/transaction.js';
import { Problem } from './problem.js';

export interface Answer<Body> {
  readonly status: number;
  readonly body: Body;
  /** What Kafka must have before the answer is given; none for a change that stays inside the service. */
  readonly messages?: readonly OutboxRef[];
}

/** The part of a request that decides what is the same request. */
export interface CommandRequest {
  readonly method: string;
  readonly url: string;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: unknown;
}

export interface AnswerOnceOptions {
  /** Of the API role. */
  readonly dataSource: DataSource;
  readonly tenant: TenantTransactionOptions;
  readonly request: CommandRequest;
  /** Needed when answers have `messages`. */
  readonly publisher?: OutboxPublisher;
  readonly deadlineMs?: number;
}

/** For the migration of each service with commands. The API role needs select, insert, update and delete. */
export const IDEMPOTENCY_KEYS_SQL = `
  create table idempotency_keys (
    tenant text not null,
    key text not null,
    request_hash bytea not null,
    status integer,
    body text,
    messages text,
    created_at timestamptz not null default now(),
    primary key (tenant, key)
  );
  create index idempotency_keys_age on idempotency_keys (created_at);
  ${tenantPolicySql('idempotency_keys')}`;

const KEY = /^[\x21-\x7e]{1,255}$/;

/**
 * Runs a command in a transaction of the API role and answers after Kafka has what it sent. With an
 * `Idempotency-Key` the answer is stored in the same transaction as the change, so the same request gets the same
 * answer, also one whose first try ended in a 503: it then only waits for Kafka. Another body under the same key is
 * a 409. Two at once take turns at the key's row. A command that throws changes nothing and keeps no key.
 */
export async function answerOnce<Body>(
  options: AnswerOnceOptions,
  work: (tx: Transaction) => Promise<Answer<Body>>,
): Promise<Answer<Body>> {
  const key = keyOf(options.request);
  const answer = await runAsTenant(options.dataSource, options.tenant, async (tx) => {
    if (key === undefined) return work(tx);
    const { tenantId } = options.tenant;
    const requestHash = hashOf(options.request);
    const earlier = await claimKey<Body>(tx, { tenantId, key, requestHash });
    if (earlier) return earlier;
    const fresh = await work(tx);
    await storeAnswer(tx, { tenantId, key }, fresh);
    return fresh;
  });
  if (answer.messages?.length)
    await options.publisher?.published(answer.messages, options.deadlineMs ?? 5_000);
  return answer;
}

/** Keys are kept for 30 days. Runs as the batch role, now and then. */
export async function dropExpiredKeys(tx: Transaction, before: Date): Promise<number> {
  return tx.execute('delete from idempotency_keys where created_at < $1::timestamptz', [before]);
}

function keyOf({ headers }: CommandRequest): string | undefined {
  const key = headers['idempotency-key'];
  if (key === undefined) return undefined;
  if (typeof key === 'string' && KEY.test(key)) return key;
  const detail = 'Idempotency-Key must be 1 to 255 visible ASCII characters';
  throw new Problem({ status: 400, code: 'invalid_idempotency_key', detail });
}

interface KeyRow {
  readonly request_hash: Buffer;
  readonly status: number;
  readonly body: string;
  readonly messages: string | null;
}

async function claimKey<Body>(
  tx: Transaction,
  { tenantId, key, requestHash }: { tenantId: string; key: string; requestHash: Buffer },
): Promise<Answer<Body> | undefined> {
  const claimed = await tx.execute(
    `insert into idempotency_keys (tenant, key, request_hash)
     values ($1::text, $2::text, $3::bytea) on conflict do nothing`,
    [tenantId, key, requestHash],
  );
  if (claimed === 1) return undefined;
  const [row] = await tx.query<KeyRow>(
    `select request_hash, status, body, messages from idempotency_keys
      where tenant = $1::text and key = $2::text`,
    [tenantId, key],
  );
  if (!row || !row.request_hash.equals(requestHash)) {
    const detail = 'This Idempotency-Key was used with another request';
    throw new Problem({ status: 409, code: 'idempotency_key_reused', detail });
  }
  return {
    status: row.status,
    body: JSON.parse(row.body) as Body,
    messages: messagesFromText(row.messages),
  };
}

async function storeAnswer<Body>(
  tx: Transaction,
  { tenantId, key }: { tenantId: string; key: string },
  answer: Answer<Body>,
): Promise<void> {
  await tx.execute(
    `update idempotency_keys set status = $3::integer, body = $4::text, messages = $5::text
      where tenant = $1::text and key = $2::text`,
    [
      tenantId,
      key,
      answer.status,
      JSON.stringify(answer.body ?? null),
      messagesToText(answer.messages),
    ],
  );
}

function messagesToText(messages: readonly OutboxRef[] | undefined): string | null {
  if (!messages?.length) return null;
  return JSON.stringify(
    messages.map(({ topic, partition, number }) => [topic, partition, number.toString()]),
  );
}

function messagesFromText(text: string | null): OutboxRef[] {
  const rows = JSON.parse(text ?? '[]') as [string, number, string][];
  return rows.map(([topic, partition, number]) => ({ topic, partition, number: BigInt(number) }));
}

function hashOf({ method, url, body }: CommandRequest): Buffer {
  return createHash('sha256')
    .update(`${method} ${url}\n${sortedJson(body)}`)
    .digest();
}

/** The order of members is no part of what a JSON body says (RFC 8259). */
function sortedJson(value: unknown): string {
  return JSON.stringify(value ?? null, (_key, inner: unknown) => {
    if (typeof inner === 'bigint') return inner.toString();
    if (inner === null || typeof inner !== 'object' || Array.isArray(inner)) return inner;
    return Object.fromEntries(Object.entries(inner).toSorted(([a], [b]) => (a < b ? -1 : 1)));
  });
}
