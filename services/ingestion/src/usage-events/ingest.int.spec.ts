import { create, fromBinary, toBinary, type MessageInitShape } from '@bufbuild/protobuf';
import { Client, credentials, Metadata, status, type ServiceError } from '@grpc/grpc-js';
import {
  IngestRequestSchema,
  IngestResponseSchema,
  IngestStreamRequestSchema,
  IngestStreamResponseSchema,
  type IngestResponse,
  type IngestStreamResponse,
} from '@farthing/contracts/generated/farthing/usage/v1/ingest_pb';
import { eventAt } from '@farthing/contracts/wire/envelope-columns';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { DoorsOfAcme } from './doors-of-acme.spec.js';

type EventInit = NonNullable<MessageInitShape<typeof IngestRequestSchema>['events']>[number];

const SERVICE = '/farthing.usage.v1.IngestService';
let doors: DoorsOfAcme;
let client: Client;

beforeAll(async () => {
  doors = await DoorsOfAcme.open();
  client = new Client(`127.0.0.1:${doors.grpcPort}`, credentials.createInsecure());
});

afterAll(async () => {
  client?.close();
  await doors?.close();
});

function metadataOf(key = 'fk_live_acme'): Metadata {
  const metadata = new Metadata();
  if (key !== '') metadata.set('authorization', `Bearer ${key}`);
  return metadata;
}

function ingest(events: EventInit[], key?: string): Promise<IngestResponse> {
  return new Promise((resolve, reject) => {
    client.makeUnaryRequest<EventInit[], IngestResponse>(
      `${SERVICE}/Ingest`,
      (asked) =>
        Buffer.from(toBinary(IngestRequestSchema, create(IngestRequestSchema, { events: asked }))),
      (bytes) => fromBinary(IngestResponseSchema, bytes),
      events,
      metadataOf(key),
      { deadline: Date.now() + 10_000 },
      (error, answer) => (error ? reject(error) : resolve(answer!)),
    );
  });
}

function openStream(key?: string) {
  return client.makeBidiStreamRequest<EventInit[], IngestStreamResponse>(
    `${SERVICE}/IngestStream`,
    (events) =>
      Buffer.from(
        toBinary(IngestStreamRequestSchema, create(IngestStreamRequestSchema, { events })),
      ),
    (bytes) => fromBinary(IngestStreamResponseSchema, bytes),
    metadataOf(key),
    { deadline: Date.now() + 20_000 },
  );
}

function event(id: string, changes: EventInit = {}): EventInit {
  const data = Buffer.from('{"bytes":12,"creator":"bob"}');
  return { id, source: 'grpc', type: 'article.read', subject: 'alice', data, ...changes };
}

async function logged(source: string) {
  return (await doors.readLog())
    .flatMap((record) =>
      record.case === 'envelope'
        ? Array.from({ length: record.envelope.count }, (_, at) => eventAt(record.envelope, at))
        : [],
    )
    .filter((one) => one.source === source);
}

describe('Ingest', () => {
  it('answers one result an event, in order, and a bad one does not reject its neighbours', async () => {
    const { results } = await ingest([
      event('1', { source: 'mixed', holdId: 'h-1', quoteToken: 'q.1' }),
      event('', { source: 'mixed' }),
      event('3', { source: 'mixed', data: Buffer.from('{"bytes":1,"bytes":2}') }),
      event('4', { source: 'mixed', data: Buffer.from('{') }),
      event('5', { source: 'mixed', type: 'never.heard' }),
      event('6', { source: 'mixed', data: Buffer.from('{"bytes":-1}') }),
      event('7', { source: 'mixed', time: '2026-02-30T00:00:00Z' }),
      event('8', { source: 'mixed', data: Buffer.alloc(65_537, ' ') }),
      event('9', { source: 'mixed' }),
    ]);
    expect(results.map(({ id, rejection }) => [id, rejection?.code, rejection?.pointer])).toEqual([
      ['1', undefined, undefined],
      ['', 'id_missing', '/id'],
      ['3', 'duplicate_key', '/data/bytes'],
      ['4', 'not_json', '/data'],
      ['5', 'unknown_type', '/type'],
      ['6', 'negative_quantity', '/data/bytes'],
      ['7', 'no_such_date', '/time'],
      ['8', 'event_too_large', ''],
      ['9', undefined, undefined],
    ]);
    expect(results[1]!.rejection!.detail).toBe('`id` is required.');
    const [first, last] = await logged('mixed');
    expect(first).toMatchObject({
      id: '1',
      tenant: 'acme',
      customer: 'alice',
      holdId: 'h-1',
      quoteToken: 'q.1',
    });
    expect(last).toMatchObject({ id: '9', occurredAt: 0 });
  });

  it('makes of an event what HTTP makes of it: its repetition by the other door is a duplicate', async () => {
    const time = new Date().toISOString();
    const facts = { id: '1', source: 'both', type: 'article.read', subject: 'alice', time };
    await ingest([event('1', { ...facts, data: Buffer.from(' {"bytes": 7} ') })]);
    const json = `{"specversion":"1.0","data":{"bytes": 7},${JSON.stringify(facts).slice(1)}`;
    const answer = await doors.post(json, { 'content-type': 'application/cloudevents+json' });
    expect(answer.status).toBe(202);
    const [byGrpc, byHttp] = await logged('both');
    expect(byGrpc).toMatchObject({ occurredAt: byHttp!.occurredAt, readings: byHttp!.readings });
    expect([byGrpc!.key, byGrpc!.bodyHash, byGrpc!.data]).toEqual([
      byHttp!.key,
      byHttp!.bodyHash,
      byHttp!.data,
    ]);
  });

  it('answers nothing to no events', async () => {
    expect((await ingest([])).results).toEqual([]);
  });

  const large = Array.from({ length: 20 }, (_, at) =>
    event(String(at), {
      data: Buffer.from(JSON.stringify({ bytes: 1, text: 'x'.repeat(60_000) })),
    }),
  );
  it.each<[string, number, EventInit[], string]>([
    ['api_key_missing', status.UNAUTHENTICATED, [], ''],
    ['api_key_unknown', status.UNAUTHENTICATED, [], 'fk_live_nobody'],
    ['api_key_revoked', status.UNAUTHENTICATED, [], 'fk_live_old'],
    ['scope_missing', status.PERMISSION_DENIED, [], 'fk_live_reader'],
    [
      'too_many_events',
      status.INVALID_ARGUMENT,
      Array.from({ length: 1_001 }, () => ({})),
      'fk_live_acme',
    ],
    ['body_too_large', status.INVALID_ARGUMENT, large, 'fk_live_acme'],
  ])('refuses the whole request: %s', async (details, code, events, key) => {
    const refused = await ingest(events, key).catch((error: unknown) => error);
    expect(refused).toMatchObject({ code, details });
  });
});

describe('IngestStream', () => {
  it('answers each request, in order, when the log has it', { timeout: 30_000 }, async () => {
    const stream = openStream();
    const requests = 60;
    const answers: IngestStreamResponse[] = [];
    const ended = new Promise((resolve, reject) => {
      stream.on('data', (answer: IngestStreamResponse) => answers.push(answer));
      stream.on('end', resolve);
      stream.on('error', reject);
    });
    for (let request = 0; request < requests; request += 1) {
      const ids = Array.from({ length: 50 }, (_, at) => `${request}-${at}`);
      const events = ids.map((id) => event(id, { source: 'stream' }));
      if (!stream.write(events)) await new Promise((resolve) => stream.once('drain', resolve));
    }
    stream.end();
    await ended;
    const answered = answers.flatMap(({ results }) => results.map(({ id }) => id));
    expect(answers.map(({ results }) => results.length)).toEqual(
      Array.from({ length: requests }, () => 50),
    );
    // All of one customer, so of one partition, in the order in which they came.
    expect((await logged('stream')).map(({ id }) => id)).toEqual(answered);
  });

  it('ends with the refusal of a request; what came before it was answered', async () => {
    const stream = openStream();
    const seen: string[] = [];
    stream.on('data', ({ results }: IngestStreamResponse) =>
      seen.push(...results.map(({ id }) => id)),
    );
    const failed = new Promise<ServiceError>((resolve) => stream.on('error', resolve));
    stream.write([event('1', { source: 'ended' })]);
    stream.write(Array.from({ length: 1_001 }, () => ({})));
    stream.write([event('3', { source: 'ended' })]);
    expect(await failed).toMatchObject({
      code: status.INVALID_ARGUMENT,
      details: 'too_many_events',
    });
    expect(seen).toEqual(['1']);
    expect((await logged('ended')).map(({ id }) => id)).toEqual(['1']);
  });

  it('is refused to who has no key', async () => {
    const stream = openStream('');
    const failed = new Promise<ServiceError>((resolve) => stream.on('error', resolve));
    stream.on('data', () => undefined);
    stream.write([event('1')]);
    expect(await failed).toMatchObject({
      code: status.UNAUTHENTICATED,
      details: 'api_key_missing',
    });
  });

  it('leaves nothing behind when the client goes away', async () => {
    const stream = openStream();
    const closed = new Promise((resolve) => stream.on('error', resolve));
    const first = new Promise((resolve) => stream.once('data', resolve));
    stream.write([event('1', { source: 'gone' })]);
    await first;
    stream.cancel();
    expect(await closed).toMatchObject({ code: status.CANCELLED });
    expect((await ingest([event('2', { source: 'gone' })])).results).toHaveLength(1);
  });
});
