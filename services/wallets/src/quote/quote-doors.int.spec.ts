import { createHash } from 'node:crypto';
import { createServer, type AddressInfo } from 'node:net';
import { fromBinary, toBinary, create } from '@bufbuild/protobuf';
import {
  Client,
  credentials,
  Metadata,
  Server,
  ServerCredentials,
  status,
  type ServiceError,
} from '@grpc/grpc-js';
import { createKafka } from '@farthing/adapters/kafka/kafka-client';
import { createRecordProducer } from '@farthing/adapters/kafka/record-producer';
import { catalogEntryToMessage } from '@farthing/contracts/catalog/catalog-message';
import {
  PublishKeyRequestSchema,
  PublishKeyResponseSchema,
  type PublishKeyRequest,
} from '@farthing/contracts/generated/farthing/catalog/v1/signing_keys_pb';
import {
  QuoteRequestSchema,
  QuoteResponseSchema,
  type QuoteResponse,
} from '@farthing/contracts/generated/farthing/wallets/v1/quotes_pb';
import { TOPICS } from '@farthing/contracts/topics/topic-names';
import { isSignedBy, publicKeyOf, readQuoteToken } from '@farthing/domain/quote/quote-token';
import { createTestDatabase, type TestDatabase } from '@farthing/testing/test-database';
import { createTestTopics, type TestTopics } from '@farthing/testing/test-topics';
import { until } from '@farthing/testing/until';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startWallets, type RunningWallets } from '../app.module.js';
import { walletsConfig } from '../config.js';
import { quiet } from '../wallets-harness.spec.js';
import { THINGS } from './quoted-catalog.spec.js';

const QUOTER = 'fk_test_quoter';
const READER = 'fk_test_reader';
const USE = { customer: 'alice', type: 'article.read' };

let database: TestDatabase;
let topics: TestTopics;
let running: RunningWallets | undefined;
let grpcPort: number;
/** Catalog's end of PublishKey: refuses until it is told otherwise. */
const catalog = { server: new Server(), takes: false, port: 0, taken: [] as PublishKeyRequest[] };

beforeAll(async () => {
  database = await createTestDatabase({ services: ['wallets'] });
  topics = await createTestTopics({ partitions: 1 });
  const kafka = createKafka({
    brokers: topics.brokers,
    clientId: 'spec',
    topicPrefix: topics.prefix,
    logger: quiet,
  });
  const producer = createRecordProducer({ kafka });
  const keys = [
    [QUOTER, ['quotes:write']],
    [READER, ['wallets:read']],
  ] as const;
  const apiKeys = keys.map(([key, scopes]) => {
    const sha256 = createHash('sha256').update(key).digest('hex');
    const apiKey = { id: key, version: 1, tenant: 'acme', sha256, scopes, revoked: false };
    return { kind: 'apiKey', apiKey } as const;
  });
  const records = [...apiKeys, ...THINGS].map((thing, at) => ({
    value: catalogEntryToMessage({ catalogVersion: at + 1, thing }),
  }));
  await producer.send({ topic: TOPICS.catalog, partition: 0, records });
  await producer.close();
  await listenAsCatalog();
  await start();
});

afterAll(async () => {
  await stop();
  catalog.server.forceShutdown();
  await topics?.drop();
  await database?.drop();
});

async function listenAsCatalog(): Promise<void> {
  catalog.server.addService(
    {
      publishKey: {
        path: '/farthing.catalog.v1.SigningKeyService/PublishKey',
        requestStream: false,
        responseStream: false,
        requestDeserialize: (bytes: Buffer) => fromBinary(PublishKeyRequestSchema, bytes),
        requestSerialize: () => Buffer.alloc(0),
        responseSerialize: () =>
          Buffer.from(toBinary(PublishKeyResponseSchema, create(PublishKeyResponseSchema))),
        responseDeserialize: () => undefined,
      },
    },
    {
      publishKey: (call: { request: PublishKeyRequest }, answer: Function) => {
        if (!catalog.takes) return answer({ code: status.UNAVAILABLE });
        catalog.taken.push(call.request);
        return answer(null, {});
      },
    },
  );
  const insecure = ServerCredentials.createInsecure();
  catalog.port = await new Promise((resolve, reject) => {
    catalog.server.bindAsync('127.0.0.1:0', insecure, (error, port) =>
      error ? reject(error) : resolve(port),
    );
  });
}

async function start(): Promise<void> {
  const urls = database.urlsOf('wallets');
  grpcPort = await freePort();
  const config = walletsConfig.parse({
    FARTHING_ENV: 'development',
    FARTHING_HTTP_PORT: '0',
    FARTHING_MANAGEMENT_PORT: '0',
    FARTHING_KAFKA_BROKERS: topics.brokers.join(','),
    FARTHING_TOPIC_PREFIX: topics.prefix,
    FARTHING_PARTITIONS: '1',
    FARTHING_DATABASE_OWNER_URL: urls.owner,
    FARTHING_DATABASE_API_URL: urls.api,
    FARTHING_DATABASE_BATCH_URL: urls.batch,
    FARTHING_WALLETS_GRPC_PORT: String(grpcPort),
    FARTHING_CATALOG_GRPC_URL: `127.0.0.1:${catalog.port}`,
  });
  running = await startWallets(config, quiet);
}

async function stop(): Promise<void> {
  for (const step of running?.steps ?? []) await step.close();
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

async function post(
  body: unknown,
  { key = QUOTER, idempotencyKey = '' } = {},
): Promise<{ status: number; body: any }> {
  const { port } = running!.app.getHttpServer().address() as AddressInfo;
  const answer = await fetch(`http://127.0.0.1:${port}/v1/quotes`, {
    method: 'POST',
    headers: {
      authorization: `Bearer ${key}`,
      'content-type': 'application/json',
      ...(idempotencyKey !== '' && { 'idempotency-key': idempotencyKey }),
    },
    body: JSON.stringify(body),
  });
  return { status: answer.status, body: await answer.json() };
}

async function ask(
  request: { customer?: string; type?: string; data?: string; atMicros?: bigint },
  key = QUOTER,
): Promise<QuoteResponse> {
  const metadata = new Metadata();
  if (key !== '') metadata.set('authorization', `Bearer ${key}`);
  const { data = '', ...rest } = request;
  const message = create(QuoteRequestSchema, { ...USE, ...rest, data: Buffer.from(data) });
  const client = new Client(`127.0.0.1:${grpcPort}`, credentials.createInsecure());
  try {
    return await new Promise<QuoteResponse>((resolve, reject) => {
      client.makeUnaryRequest(
        '/farthing.wallets.v1.QuoteService/Quote',
        () => Buffer.from(toBinary(QuoteRequestSchema, message)),
        (bytes: Buffer) => fromBinary(QuoteResponseSchema, bytes),
        message,
        metadata,
        (error, answer) => (error ? reject(error) : resolve(answer!)),
      );
    });
  } finally {
    client.close();
  }
}

describe('quotes', () => {
  it('are refused until catalog has the key, and signed by it ever after', async () => {
    const body = { ...USE, properties: { bytes: 1_000 } };
    const early = await post(body);
    expect([early.status, early.body.code]).toEqual([503, 'signing_key_unpublished']);
    catalog.takes = true;
    await until('the key is published', async () => (await post(body)).status === 200);
    await stop();
    await start();
    await until('the key is published', async () => (await post(body)).status === 200);
    const { body: quote } = await post(body);
    const [first, again] = catalog.taken;
    expect(again).toEqual(first);
    const read = readQuoteToken(quote.quoteToken);
    if (read.outcome === 'refused') throw new Error(read.reason);
    expect(read.token.keyId).toBe(first!.id);
    const publicKey = Buffer.from(first!.publicKey).toString('base64url');
    expect(isSignedBy(read.token, publicKeyOf(publicKey))).toBe(true);
  });

  it('say over HTTP and gRPC the same', async () => {
    const at = new Date().toISOString();
    const { body } = await post({ ...USE, properties: { bytes: 1_000 }, at });
    expect(body).toMatchObject({
      ...USE,
      amount: { amount: '0.003000000', currency: 'USD' },
      parts: [
        {
          meter: 'reads',
          price: 'per_read',
          priceVersion: 1,
          quantityBefore: '0',
          quantityAfter: '1',
          amount: '0.002000000',
          sentence: 'An article: units 0 to 1: 1 at 0.002 = 0.002000000 USD',
        },
        { meter: 'bytes', price: 'traffic', quantityAfter: '1000', amount: '0.001000000' },
      ],
      catalogVersion: THINGS.length + 2,
    });
    const expiresAt = BigInt(Date.parse(at) + 600_000) * 1_000n;
    expect(BigInt(Date.parse(body.expiresAt)) * 1_000n).toBe(expiresAt);
    const atMicros = BigInt(Date.parse(at)) * 1_000n;
    const { answer } = await ask({ data: '{"bytes":1000}', atMicros });
    if (answer.case !== 'quote') throw new Error('no quote');
    const { amount, parts, id, quoteToken, expiresAtMicros } = answer.value;
    expect([amount, expiresAtMicros]).toEqual([body.amount.amount, expiresAt]);
    expect(parts.map(({ price, sentence }) => [price, sentence])).toEqual(
      body.parts.map(({ price, sentence }: any) => [price, sentence]),
    );
    expect(id).not.toBe(body.id);
    expect(readQuoteToken(quoteToken).outcome).toBe('read');
  });

  it('are the same for one Idempotency-Key', async () => {
    const body = { ...USE, properties: { bytes: 1 } };
    const first = await post(body, { idempotencyKey: 'k1' });
    expect(first.status).toBe(200);
    expect(await post(body, { idempotencyKey: 'k1' })).toEqual(first);
    expect((await post(body)).body.id).not.toBe(first.body.id);
  });

  it.each([
    [{ ...USE, type: 'unheard.of' }, 422, 'unknown_type', '/type'],
    [{ ...USE, properties: { bytes: -1 } }, 422, 'negative_quantity', '/properties/bytes'],
    [{ ...USE, properties: [] }, 400, 'invalid_request', '/properties'],
    [{ ...USE, properties: { text: 'x'.repeat(65_536) } }, 400, 'invalid_request', '/properties'],
    [{ ...USE, at: '2026-02-30T00:00:00Z' }, 400, 'invalid_request', '/at'],
    [{ type: 'article.read' }, 400, 'invalid_request', '/customer'],
    [{ ...USE, surprise: true }, 400, 'invalid_request', ''],
  ])('over HTTP refuse %j', async (body, code, name, pointer) => {
    const answer = await post(body);
    expect([answer.status, answer.body.code]).toEqual([code, name]);
    expect(answer.body.errors[0]).toMatchObject({ pointer });
  });

  it.each([
    [{ type: 'unheard.of' }, 'unknown_type', '/type'],
    [{ data: '{"bytes":-1}' }, 'negative_quantity', '/data/bytes'],
  ])('over gRPC refuse %j as an answer', async (request, code, pointer) => {
    const { answer } = await ask(request);
    expect(answer).toMatchObject({ case: 'refusal', value: { code, pointer } });
    expect((answer.value as { detail: string }).detail).not.toBe('');
  });

  it.each([
    [{ data: '{' }, QUOTER, status.INVALID_ARGUMENT, 'data'],
    [{ data: '[]' }, QUOTER, status.INVALID_ARGUMENT, 'properties'],
    [{ customer: '' }, QUOTER, status.INVALID_ARGUMENT, 'customer'],
    [{}, '', status.UNAUTHENTICATED, 'api_key_missing'],
    [{}, 'fk_test_nobody', status.UNAUTHENTICATED, 'api_key_unknown'],
    [{}, READER, status.PERMISSION_DENIED, 'scope_missing'],
  ])('over gRPC fail: %j with the key %j', async (request, key, code, text) => {
    const error = await ask(request, key).then(
      () => undefined,
      (failed: ServiceError) => failed,
    );
    expect(error?.code).toBe(code);
    expect(error?.details).toContain(text);
  });

  it('need the scope over HTTP, too', async () => {
    const answer = await post(USE, { key: READER });
    expect([answer.status, answer.body.code]).toEqual([403, 'scope_missing']);
  });
});
