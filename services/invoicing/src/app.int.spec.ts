import { createHash, createPublicKey, verify } from 'node:crypto';
import { mkdtemp, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseConfig } from '@farthing/adapters/config/load-config';
import { createKafka, type KafkaConnection } from '@farthing/adapters/kafka/kafka-client';
import {
  createRecordProducer,
  type RecordProducer,
} from '@farthing/adapters/kafka/record-producer';
import { createTopicAdmin, type TopicAdmin } from '@farthing/adapters/kafka/topic-admin';
import { createLogger } from '@farthing/adapters/telemetry/logger';
import {
  catalogEntryToMessage,
  type CatalogEntry,
} from '@farthing/contracts/catalog/catalog-message';
import { TOPICS } from '@farthing/contracts/topics/topic-names';
import { canonicalJson, type CanonicalValue } from '@farthing/domain/proof/canonical-json';
import { verifyInclusion } from '@farthing/domain/proof/merkle-tree';
import { verifyStatement, type PinnedKey } from '@farthing/domain/proof/verify-statement';
import { createTestDatabase, type TestDatabase } from '@farthing/testing/test-database';
import { createTestTopics, type TestTopics } from '@farthing/testing/test-topics';
import { until } from '@farthing/testing/until';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startInvoicing, type RunningInvoicing } from './app.module.js';
import { invoicingConfig } from './config.js';
import { cycleRunId } from './cycle-runs/cycle-run.js';
import { priceThing, tenantThing } from './invoicing-harness.spec.js';
import {
  CENT,
  monthStart,
  PARTITIONS,
  Pipe,
  TENANT,
  type PipeMessage,
} from './pipe-harness.spec.js';

const KEY = 'fk_live_billing';
const READER = 'fk_live_reader';
const STRANGER = 'fk_live_stranger';
const CUSTOMERS = ['anna', 'ben', 'carl'];
const closesBefore = monthStart(1);
const runId = cycleRunId({ tenant: TENANT, closesBefore });

const logger = createLogger({ service: 'spec', level: 'silent' });
const pipe = new Pipe(PARTITIONS);
let database: TestDatabase;
let topics: TestTopics;
let kafka: KafkaConnection;
let producer: RecordProducer;
let admin: TopicAdmin;
let keysFolder: string;
let running: RunningInvoicing;
let baseUrl: string;

function keyThing(key: string, tenant: string, scopes: string[]): CatalogEntry['thing'] {
  const sha256 = createHash('sha256').update(key).digest('hex');
  return {
    kind: 'apiKey',
    apiKey: { id: key, version: 1, tenant, sha256, scopes, revoked: false },
  };
}

async function send(messages: readonly PipeMessage[]): Promise<void> {
  for (const { partition, rated, paid } of messages) {
    await producer.send({ topic: TOPICS.chargesRated, partition, records: [{ value: rated }] });
    await producer.send({ topic: TOPICS.chargesPaid, partition, records: [{ value: paid }] });
  }
}

async function start(): Promise<void> {
  const urls = database.urlsOf('invoicing');
  const parsed = parseConfig(invoicingConfig, {
    FARTHING_ENV: 'development',
    FARTHING_HTTP_PORT: '0',
    FARTHING_MANAGEMENT_PORT: '0',
    FARTHING_KAFKA_BROKERS: topics.brokers.join(','),
    FARTHING_TOPIC_PREFIX: topics.prefix,
    FARTHING_PARTITIONS: String(PARTITIONS),
    FARTHING_DATABASE_OWNER_URL: urls.owner,
    FARTHING_DATABASE_API_URL: urls.api,
    FARTHING_DATABASE_BATCH_URL: urls.batch,
    FARTHING_KEYS_DIR: keysFolder,
  });
  if (parsed.outcome === 'refused') throw new Error(parsed.message);
  running = await startInvoicing(parsed.config, logger);
  baseUrl = await running.app.getUrl();
}

async function stop(): Promise<void> {
  for (const step of running.steps) await step.close();
}

beforeAll(async () => {
  database = await createTestDatabase();
  topics = await createTestTopics({ partitions: PARTITIONS });
  keysFolder = await mkdtemp(join(tmpdir(), 'farthing-keys-'));
  const { brokers, prefix: topicPrefix } = topics;
  kafka = createKafka({ brokers, clientId: 'spec', topicPrefix, logger });
  producer = createRecordProducer({ kafka });
  admin = createTopicAdmin(kafka);
  const things = [
    tenantThing(),
    priceThing(),
    keyThing(KEY, TENANT, ['billing:read', 'billing:write']),
    keyThing(READER, TENANT, ['billing:read']),
    keyThing(STRANGER, 'other', ['billing:read', 'billing:write']),
  ];
  const records = things.map((thing, at) => ({
    value: catalogEntryToMessage({ catalogVersion: at + 1, thing }),
  }));
  await producer.send({ topic: TOPICS.catalog, partition: 0, records });
  await start();
});

afterAll(async () => {
  await stop();
  await producer.close();
  await admin.close();
  await topics.drop();
  await database.drop();
  await rm(keysFolder, { recursive: true });
});

function ask(path: string, options: { key?: string; body?: unknown; headers?: object } = {}) {
  const { key = KEY, body, headers } = options;
  return fetch(baseUrl + path, {
    method: body === undefined ? 'GET' : 'POST',
    headers: {
      authorization: `Bearer ${key}`,
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      ...headers,
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
}

async function json<T>(path: string, key = KEY): Promise<T> {
  const response = await ask(path, { key });
  expect([path, response.status]).toEqual([path, 200]);
  return (await response.json()) as T;
}

interface List<Item> {
  readonly items: readonly Item[];
  readonly next?: string;
}

interface RunDocument {
  readonly id: string;
  readonly state: string;
  readonly partitions: { readonly passed: number; readonly of: number };
}

const startBody = { closesBefore: '2026-02-01T00:00:00Z' };

describe('invoicing', () => {
  test('closes a month from what rating and wallets wrote to Kafka, also when it is stopped in between', async () => {
    for (const customer of CUSTOMERS) {
      for (let n = 0; n < 3; n += 1) pipe.charge({ customer, amountNanos: CENT / 3n });
    }
    pipe.charge({ customer: 'anna', month: 1, amountNanos: 7n });
    await send(pipe.flush());
    const headers = { 'idempotency-key': 'january' };
    const started = await ask('/v1/cycle-runs', { body: startBody, headers });
    expect([started.status, await started.json()]).toMatchObject([
      201,
      { id: runId, tenant: TENANT, closesBefore: '2026-02-01T00:00:00.000000Z' },
    ]);
    expect((await ask('/v1/cycle-runs', { body: startBody, headers })).status).toBe(201);
    expect((await ask('/v1/cycle-runs', { body: startBody })).status).toBe(200);
    await until('the barriers are in the log', async () => {
      const marks = [...(await admin.watermarks(TOPICS.usageAccepted)).values()];
      return marks.length === PARTITIONS && marks.every(({ high }) => high === 1n);
    });
    expect(await json<RunDocument>(`/v1/cycle-runs/${runId}`)).toMatchObject({
      state: 'collecting',
      partitions: { passed: 0, of: PARTITIONS },
    });

    await stop();
    await send(pipe.barrier({ id: runId, tenant: TENANT, closesBefore }));
    await start();
    const run = await until('the run is finalized', async () => {
      const seen = await json<RunDocument>(`/v1/cycle-runs/${runId}`);
      return seen.state === 'finalized' && seen;
    });
    expect(run).toMatchObject({
      partitions: { passed: PARTITIONS, of: PARTITIONS },
      customers: { done: 3, of: 3 },
      statements: 3,
      invoices: 3,
      parked: 0,
      issueDate: '2026-02-01',
      totals: [{ currency: 'USD', charges: '0.029999997', net: '0.030000000', tax: '0.000000000' }],
    });
    await until('the documents are in Kafka', async () => {
      const marks = [...(await admin.watermarks(TOPICS.documents)).values()];
      return marks.reduce((sum, { high }) => sum + high, 0n) === 3n;
    });
    const list = await json<List<RunDocument>>('/v1/cycle-runs');
    expect(list.items.map(({ id }) => id)).toEqual([runId]);
  });

  test('publishes its key, whose file is its own', async () => {
    const response = await fetch(`${baseUrl}/.well-known/farthing-keys.json`);
    const { keys } = (await response.json()) as { keys: PinnedKey[] };
    expect(keys).toMatchObject([{ algorithm: 'Ed25519' }]);
    expect(keys[0]!.keyId).toMatch(/^key_[0-9a-f]{32}$/);

    const { mode } = await stat(join(keysFolder, 'statement-signing-key.pem'));
    expect((mode & 0o777).toString(8)).toBe('600');
  });

  test('serves statements that verify, and the proof of each charge', async () => {
    const { keys } = await json<{ keys: PinnedKey[] }>('/.well-known/farthing-keys.json');
    const list = await json<List<{ id: string; customer: string; root: string }>>(
      `/v1/statements?run=${runId}&limit=2`,
    );
    expect(list.items.map(({ customer }) => customer)).toEqual(['anna', 'ben']);
    const rest = await json<List<{ customer: string }>>(
      `/v1/statements?run=${runId}&limit=2&after=${list.next}`,
    );
    expect(rest).toMatchObject({ items: [{ customer: 'carl' }] });
    expect(rest.next).toBeUndefined();

    const { id, root } = list.items[0]!;
    const response = await ask(`/v1/statements/${id}/file`);
    expect(response.headers.get('content-type')).toBe('application/x-ndjson');
    const lines = (await response.text()).trimEnd().split('\n');
    const parsed = lines.map((line) => JSON.parse(line) as unknown);
    expect(verifyStatement(parsed, keys)).toMatchObject({ outcome: 'verified', pinned: true });
    const forged = parsed.map((line, at) =>
      at === 1 ? (JSON.parse(lines[1]!.replace('0.003333333', '0.003333334')) as unknown) : line,
    );
    expect(verifyStatement(forged, keys).problems).toContainEqual(
      expect.objectContaining({ reason: 'charge_changed', line: 2 }),
    );

    const charges = (await (await ask(`/v1/statements/${id}/charges`)).text())
      .trimEnd()
      .split('\n');
    expect(charges).toHaveLength(3);
    for (const text of charges) {
      const charge = (JSON.parse(text) as { id: string }).id;
      const proof = await json<{
        hash: string;
        index: number;
        size: number;
        path: string[];
        root: string;
      }>(`/v1/statements/${id}/proofs/${charge}`);
      expect(proof.root).toBe(root);
      const path = proof.path.map((hash) => Buffer.from(hash, 'hex'));
      const proven = verifyInclusion(Buffer.from(proof.hash, 'hex'), proof, {
        path,
        root: Buffer.from(root, 'hex'),
      });
      expect(proven).toBe(true);
    }
    const statement = await ask(`/v1/statements/${id}`);
    const header = parsed[0] as { statement: Record<string, CanonicalValue> };
    expect(await statement.text()).toBe(canonicalJson(header.statement));
    const foreign = `chg_1-0-99-0-0`;
    expect((await ask(`/v1/statements/${id}/proofs/${foreign}`)).status).toBe(404);
  });

  test('signs a receipt with the arithmetic', async () => {
    const list = await json<List<{ id: string }>>('/v1/statements?customer=ben');
    const text = await (await ask(`/v1/statements/${list.items[0]!.id}/charges`)).text();
    const { id } = JSON.parse(text.split('\n')[0]!) as { id: string };
    const signed = await json<{
      receipt: Record<string, CanonicalValue>;
      signature: string;
      publicKey: string;
    }>(`/v1/charges/${id}/receipt`);
    expect(signed.receipt).toMatchObject({
      charge: { id, customer: 'ben' },
      price: { key: 'articles', version: 1 },
      sentence: 'Articles read: units 0 to 1: 1 at 0.003333333 = 0.003333333 USD',
    });
    const jwk = { kty: 'OKP', crv: 'Ed25519', x: signed.publicKey };
    const key = createPublicKey({ key: jwk, format: 'jwk' });
    const bytes = Buffer.from(canonicalJson(signed.receipt));
    expect(verify(null, bytes, key, Buffer.from(signed.signature, 'base64url'))).toBe(true);
  });

  test('serves invoices as canonical JSON and as CSV, and what stays open', async () => {
    const list = await json<List<{ id: string; number: string; customer: string; net: string }>>(
      `/v1/invoices?run=${runId}&limit=2`,
    );
    expect(list.items).toMatchObject([
      { number: 'INV-000001', customer: 'anna', state: 'finalized', net: '0.010000000' },
      { number: 'INV-000002', customer: 'ben' },
    ]);
    const rest = await json<List<{ number: string }>>(`/v1/invoices?after=${list.next}`);
    expect(rest.items.map(({ number }) => number)).toEqual(['INV-000003']);
    const text = await (await ask(`/v1/invoices/${list.items[0]!.id}`)).text();
    const invoice = JSON.parse(text) as Record<string, CanonicalValue>;
    expect(text).toBe(canonicalJson(invoice));
    expect(invoice).toMatchObject({ customer: 'anna', run: runId, total: '0.010000000' });
    const csv = await ask(`/v1/invoices/${list.items[0]!.id}.csv`);
    expect(csv.headers.get('content-type')).toBe('text/csv; charset=utf-8');
    expect((await csv.text()).split('\r\n')[1]).toContain('INV-000001,2026-02-01,anna,USD');
    const residuals = await json<List<object>>('/v1/residuals');
    expect(residuals.items).toEqual(
      CUSTOMERS.map((customer) => ({
        customer,
        currency: 'USD',
        taxCategory: 'standard',
        amount: '-0.000000001',
      })),
    );
    const preview = await json<{ previews: object[] }>('/v1/customers/anna/invoice-preview');
    expect(preview.previews).toMatchObject([
      { from: '2026-02-01T00:00:00.000000Z', charges: '0.000000007', net: '0.000000000' },
    ]);
  });

  test('refuses without a key, without the scope, and what is another tenant’s', async () => {
    expect((await fetch(`${baseUrl}/v1/invoices`)).status).toBe(401);
    const read = await ask('/v1/cycle-runs', { key: READER, body: startBody });
    expect([read.status, await read.json()]).toMatchObject([403, { code: 'scope_missing' }]);
    expect((await ask(`/v1/cycle-runs/${runId}`, { key: STRANGER })).status).toBe(404);
    const list = await json<List<{ id: string }>>('/v1/statements');
    for (const { id } of list.items) {
      expect((await ask(`/v1/statements/${id}/file`, { key: STRANGER })).status).toBe(404);
    }
    const bodies = [{ closesBefore: '2999-01-01T00:00:00Z' }, { closesBefore: 'soon' }, {}];
    const answers = await Promise.all(
      bodies.map(async (body) => {
        const response = await ask('/v1/cycle-runs', { body });
        return [response.status, ((await response.json()) as { code: string }).code];
      }),
    );
    expect(answers).toEqual([
      [400, 'invalid_request'],
      [400, 'invalid_request'],
      [400, 'invalid_request'],
    ]);
    const future = await ask('/v1/cycle-runs', { body: { closesBefore: '2199-01-01T00:00:00Z' } });
    expect([future.status, await future.json()]).toMatchObject([
      422,
      { code: 'closes_in_the_future' },
    ]);
    const over = await ask(`/v1/cycle-runs/${runId}/pause`, { body: {} });
    expect([over.status, await over.json()]).toMatchObject([409, { code: 'run_is_over' }]);
  });
});
