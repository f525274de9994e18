import { createHash } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { createKafka, type KafkaConnection } from '@farthing/adapters/kafka/kafka-client';
import {
  createRecordProducer,
  type RecordProducer,
} from '@farthing/adapters/kafka/record-producer';
import { createDataSource } from '@farthing/adapters/postgres/data-source';
import {
  createWholeTopicReader,
  type WholeTopicReader,
} from '@farthing/adapters/kafka/whole-topic-reader';
import { catalogEntryToMessage } from '@farthing/contracts/catalog/catalog-message';
import { partitionOf } from '@farthing/contracts/topics/partition-of';
import { TOPICS } from '@farthing/contracts/topics/topic-names';
import { decodePaidMessage, type DecodedPaidMessage } from '@farthing/contracts/wire/paid-message';
import { createTestDatabase, type TestDatabase } from '@farthing/testing/test-database';
import { createTestTopics, type TestTopics } from '@farthing/testing/test-topics';
import { until } from '@farthing/testing/until';
import type { DataSource } from 'typeorm';
import { startWallets, type RunningWallets } from './app.module.js';
import { walletsConfig } from './config.js';
import {
  balancesIn,
  charge,
  documentBytes,
  introduces,
  assertSoundBooks,
  quiet,
  rated,
  UNIT,
} from './wallets-harness.spec.js';

const PARTITIONS = 2;
const WRITER = 'fk_test_writer';
const READER = 'fk_test_reader';
const OTHER = 'fk_test_other';

let database: TestDatabase;
let topics: TestTopics;
let kafka: KafkaConnection;
let producer: RecordProducer;
let auditor: DataSource;
let reader: WholeTopicReader;
const paidMessages: { partition: number; message: DecodedPaidMessage }[] = [];
const running: RunningWallets[] = [];
/** Of each partition, where the log that these specs write ends. */
const ends = new Map<number, bigint>();

beforeAll(async () => {
  database = await createTestDatabase();
  topics = await createTestTopics({ partitions: PARTITIONS });
  kafka = createKafka({
    brokers: topics.brokers,
    clientId: 'spec',
    topicPrefix: topics.prefix,
    logger: quiet,
  });
  producer = createRecordProducer({ kafka });
  auditor = await createDataSource({
    url: database.auditorUrl,
    schema: 'wallets',
    applicationName: 'spec',
    logger: quiet,
  });
  reader = await createWholeTopicReader({
    kafka,
    topic: TOPICS.chargesPaid,
    service: 'spec',
    logger: quiet,
    onRecord: ({ value }, partition) => {
      paidMessages.push({ partition, message: decodePaidMessage(value!) });
    },
  });
  const keys = [
    [WRITER, 'acme', ['wallets:read', 'wallets:write']],
    [READER, 'acme', ['wallets:read']],
    [OTHER, 'other', ['wallets:read', 'wallets:write']],
  ] as const;
  const records = keys.map(([key, tenant, scopes], at) => {
    const sha256 = createHash('sha256').update(key).digest('hex');
    const apiKey = { id: key, version: 1, tenant, sha256, scopes: [...scopes], revoked: false };
    return {
      value: catalogEntryToMessage({ catalogVersion: at + 1, thing: { kind: 'apiKey', apiKey } }),
    };
  });
  await producer.send({ topic: TOPICS.catalog, partition: 0, records });
  await start();
});

afterAll(async () => {
  for (const each of running.splice(0)) await stop(each);
  await reader?.close();
  await producer?.close();
  await auditor?.destroy();
  await topics?.drop();
  await database?.drop();
});

afterEach(async () => {
  await assertSoundBooks(auditor);
});

async function start(): Promise<RunningWallets> {
  const urls = database.urlsOf('wallets');
  const config = walletsConfig.parse({
    FARTHING_ENV: 'development',
    FARTHING_HTTP_PORT: '0',
    FARTHING_MANAGEMENT_PORT: '0',
    FARTHING_KAFKA_BROKERS: topics.brokers.join(','),
    FARTHING_TOPIC_PREFIX: topics.prefix,
    FARTHING_PARTITIONS: String(PARTITIONS),
    FARTHING_DATABASE_OWNER_URL: urls.owner,
    FARTHING_DATABASE_API_URL: urls.api,
    FARTHING_DATABASE_BATCH_URL: urls.batch,
    FARTHING_GRANT_SETTLE: '0',
    FARTHING_WALLETS_GRPC_PORT: '0',
    // Nobody listens there: only quotes need catalog.
    FARTHING_CATALOG_GRPC_URL: '127.0.0.1:1',
  });
  const started = await startWallets(config, quiet);
  running.push(started);
  return started;
}

async function stop({ steps }: RunningWallets): Promise<void> {
  for (const step of steps) await step.close();
}

async function call(
  path: string,
  given: { key?: string; method?: string; body?: unknown; idempotencyKey?: string } = {},
): Promise<{ status: number; body: any }> {
  const { port } = running[0]!.app.getHttpServer().address() as { port: number };
  const answer = await fetch(`http://127.0.0.1:${port}${path}`, {
    method: given.method ?? 'GET',
    headers: {
      authorization: `Bearer ${given.key ?? WRITER}`,
      ...(given.idempotencyKey !== undefined && { 'idempotency-key': given.idempotencyKey }),
      ...(given.body !== undefined && { 'content-type': 'application/json' }),
    },
    ...(given.body !== undefined && { body: JSON.stringify(given.body) }),
  });
  return { status: answer.status, body: await answer.json() };
}

/** Appends rated messages of one offset each to the customer's partition. */
async function send(
  customer: string,
  contents: readonly ((offset: bigint) => Omit<Parameters<typeof rated>[1], 'partition'>)[],
): Promise<void> {
  const partition = partitionOf('acme', customer, PARTITIONS);
  const records = contents.map((content) => {
    const offset = ends.get(partition) ?? 0n;
    ends.set(partition, offset + 1n);
    return { value: rated([offset, offset + 1n], { ...content(offset), partition }) };
  });
  await producer.send({ topic: TOPICS.chargesRated, partition, records });
}

/** Waits until charges.paid.v1 holds everything that was sent. */
async function paidToTheEnd(): Promise<void> {
  await until('every range paid', () =>
    [...ends].every(([partition, end]) =>
      paidMessages.some((each) => each.partition === partition && each.message.to.offset >= end),
    ),
  );
}

const credit = (amount: string, more: object = {}) => ({
  amount: { amount, currency: 'USD' },
  kind: 'paid',
  effectiveFrom: '2026-01-01T00:00:00Z',
  ...more,
});

describe('wallets, whole', () => {
  it('pays 3.00 of use from 1.00 of credit, bills it, and shows both', async () => {
    await send('alice', [() => ({ echoes: [introduces(0n, { funding: 'prepaid' })] })]);
    const added = await call('/v1/customers/alice/grants', { method: 'POST', body: credit('1') });
    expect(added.status).toBe(201);
    expect(added.body).toMatchObject({
      amount: { amount: '1.000000000', currency: 'USD' },
      priority: 100,
    });
    const shares = [{ creator: 'carol', amountNanos: UNIT }];
    await send('alice', [
      (offset) => ({ charges: [charge({ offset, amountNanos: 3n * UNIT, shares })] }),
    ]);
    await paidToTheEnd();

    const { body: wallet } = await call('/v1/customers/alice/wallet', { key: READER });
    expect(wallet).toEqual({
      customer: 'alice',
      balances: [
        {
          currency: 'USD',
          available: '0.000000000',
          receivable: '2.000000000',
          billed: '0.000000000',
          overdrawn: true,
          grants: [],
        },
      ],
    });
    const { body: creator } = await call('/v1/creators/carol/balance');
    expect(creator).toEqual({
      creator: 'carol',
      balances: [{ amount: '1.000000000', currency: 'USD' }],
    });

    const partition = partitionOf('acme', 'alice', PARTITIONS);
    const value = documentBytes({
      commandId: 'inv_1:finalized',
      event: {
        case: 'finalized',
        value: {
          $typeName: 'farthing.invoicing.v1.InvoiceFinalized',
          number: 'A-1',
          netNanos: 2n * UNIT,
          taxOnTopNanos: 0n,
        },
      },
    });
    // What the outbox of invoicing sends twice is posted once.
    await producer.send({ topic: TOPICS.documents, partition, records: [{ value }, { value }] });
    await until('the invoice posted', async () => {
      const { body } = await call('/v1/customers/alice/wallet');
      return body.balances[0].billed === '2.000000000';
    });
    const { body: accounts } = await call('/v1/ledger/accounts?owner=alice');
    expect(accounts.items.map((a: any) => [a.kind, a.balance])).toEqual([
      ['wallet', '0.000000000'],
      ['receivable', '0.000000000'],
      ['billed', '2.000000000'],
    ]);
    const { body: entries } = await call(`/v1/ledger/entries?account=${accounts.items[1].id}`);
    expect(entries.items).toMatchObject([
      {
        side: 'debit',
        amount: '2.000000000',
        kind: 'charges',
        customer: 'alice',
        from: `1-${partition}-1-0`,
        to: `1-${partition}-2-0`,
      },
      { side: 'credit', amount: '2.000000000', kind: 'document', reference: 'inv_1' },
    ]);
  });

  it('adds a grant once for one Idempotency-Key and clears the alarm of an overdrawn wallet', async () => {
    const body = credit('5.5', { kind: 'promotional', expiresAt: '2199-01-01T00:00:00Z' });
    const post = (idempotencyKey: string, given: unknown) =>
      call('/v1/customers/alice/grants', { method: 'POST', body: given, idempotencyKey });
    const first = await post('k1', body);
    const again = await post('k1', body);
    expect(again).toEqual(first);
    expect((await post('k1', credit('6'))).status).toBe(409);
    const { body: wallet } = await call('/v1/customers/alice/wallet');
    expect(wallet.balances[0]).toMatchObject({ available: '5.500000000', overdrawn: false });
    expect(wallet.balances[0].grants).toMatchObject([
      {
        id: first.body.id,
        kind: 'promotional',
        amount: '5.500000000',
        remaining: '5.500000000',
        priority: 100,
        expiresAt: '2199-01-01T00:00:00.000000Z',
      },
    ]);
    const page = await call('/v1/customers/alice/grants?limit=1');
    expect(page.body.items).toMatchObject([{ remaining: { amount: '0.000000000' } }]);
    const rest = await call(`/v1/customers/alice/grants?limit=1&after=${page.body.next}`);
    expect(rest.body).toMatchObject({ items: [{ id: first.body.id }] });
    expect(rest.body).not.toHaveProperty('next');
  });

  it.each([
    [{ amount: { amount: '0', currency: 'USD' }, kind: 'paid' }, 400, 'invalid_request'],
    [{ amount: { amount: '1.0000000001', currency: 'USD' }, kind: 'paid' }, 400, 'invalid_request'],
    [{ amount: { amount: 1, currency: 'USD' }, kind: 'paid' }, 400, 'invalid_request'],
    [{ amount: { amount: '1', currency: 'XTS' }, kind: 'paid' }, 400, 'currency_unknown'],
    [credit('1', { expiresAt: '2025-12-31T00:00:00Z' }), 400, 'grant_expires_before_effect'],
    [credit('1', { expiresAt: '2026-01-02T00:00:00Z' }), 400, 'grant_already_expired'],
    [credit('1', { effectiveFrom: '2026-02-30T00:00:00Z' }), 400, 'invalid_request'],
    [credit('1', { surprise: true }), 400, 'invalid_request'],
  ])('refuses the grant %j', async (body, status, code) => {
    const answer = await call('/v1/customers/alice/grants', { method: 'POST', body });
    expect([answer.status, answer.body.code]).toEqual([status, code]);
  });

  it('shows a tenant its own books only, and refuses keys without the scope', async () => {
    const { body } = await call('/v1/ledger/accounts', { key: OTHER });
    expect(body.items).toEqual([]);
    const mine = await call('/v1/ledger/accounts');
    const foreign = await call(`/v1/ledger/entries?account=${mine.body.items[0].id}`, {
      key: OTHER,
    });
    expect([foreign.status, foreign.body.code]).toEqual([404, 'account_unknown']);
    const refused = await call('/v1/customers/alice/grants', {
      key: READER,
      method: 'POST',
      body: credit('1'),
    });
    expect([refused.status, refused.body.code]).toEqual([403, 'scope_missing']);
    const unknown = await call('/v1/customers/alice/wallet', { key: 'fk_test_nobody' });
    expect([unknown.status, unknown.body.code]).toEqual([401, 'api_key_unknown']);
  });

  it('pays each charge once while a second process joins and the first one leaves', async () => {
    const customers = ['alice', 'bob', 'carol', 'dave'];
    for (const customer of customers)
      await send(customer, [
        (offset) => ({ echoes: [introduces(offset, { customer, version: 1n })] }),
      ]);
    const before = await balancesIn(auditor);
    const sending = (async () => {
      for (let round = 0; round < 40; round += 1) {
        for (const customer of customers)
          await send(customer, [
            (offset) => ({ charges: [charge({ offset, customer, amountNanos: 7n })] }),
          ]);
        await sleep(25);
      }
    })();
    await start();
    await sleep(300);
    await stop(running.shift()!);
    await sending;
    await paidToTheEnd();
    const after = await balancesIn(auditor);
    for (const customer of customers) {
      const name = `receivable/${customer}`;
      expect(after[name]! - (before[name] ?? 0n)).toBe(280n);
    }
    for (const [partition, end] of ends) {
      const own = paidMessages.filter((each) => each.partition === partition);
      let next = 0n;
      for (const { message } of own) {
        // A reader trims what it has; what is new must begin where it stands.
        if (message.to.offset <= next) continue;
        expect(message.from.offset).toBe(next);
        next = message.to.offset;
      }
      expect(next).toBe(end);
    }
  }, 90_000);
});
