import { createHash } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createKafka } from '@farthing/adapters/kafka/kafka-client';
import { createRecordProducer } from '@farthing/adapters/kafka/record-producer';
import { parseConfig } from '@farthing/adapters/config/load-config';
import { catalogEntryToMessage } from '@farthing/contracts/catalog/catalog-message';
import type { CatalogThing } from '@farthing/contracts/catalog/catalog-things';
import { partitionOf } from '@farthing/contracts/topics/partition-of';
import { TOPICS } from '@farthing/contracts/topics/topic-names';
import { decodeRatedMessage } from '@farthing/contracts/wire/rated-message';
import { createTestTopics, type TestTopics } from '@farthing/testing/test-topics';
import { until } from '@farthing/testing/until';
import { createWholeTopicReader } from '@farthing/adapters/kafka/whole-topic-reader';
import { startRating, type RunningRating } from './app.module.js';
import { ratingConfig } from './config.js';
import {
  createRatingDatabase,
  envelopeOf,
  meterThing,
  logger,
  ONE,
  TARIFF,
  type EventInit,
  type RatingDatabase,
} from './rating-harness.spec.js';

const PARTITIONS = 2;
const NOW = Date.now() * 1_000;
const HOUR = 3_600_000_000;
const keyThing = (tenant: string, key: string, scopes: string[]): CatalogThing => ({
  kind: 'apiKey',
  apiKey: {
    id: key,
    version: 1,
    tenant,
    sha256: createHash('sha256').update(key).digest('hex'),
    scopes,
    revoked: false,
  },
});
const THINGS = [
  ...TARIFF,
  meterThing('acme', 'traffic', {
    eventTypes: ['article.read'],
    aggregation: 'sum',
    unit: { name: 'kB', size: '1000' },
  }),
  meterThing('acme', 'guests', { aggregation: 'unique', valuePointer: '/song' }),
  keyThing('acme', 'reader', ['usage:read']),
  keyThing('other', 'stranger', ['usage:read']),
  keyThing('acme', 'sender', ['events:write']),
];

let database: RatingDatabase;
let topics: TestTopics;
let rating: RunningRating;
let base: string;

const sent: EventInit[] = [
  ...Array.from({ length: 25 }, (_, at) => ({ id: `a${at}`, creator: 'kim' })),
  { id: 'a0', creator: 'kim' },
  {
    id: 'b1',
    customer: 'bob',
    song: 'a',
    readings: { traffic: 5n * ONE, downloads: ONE, guests: ONE },
  },
  { id: 'b1', customer: 'bob', data: '{"changed":1}' },
  { id: 'x', tenant: 'strict' },
  { id: 'o', tenant: 'other' },
  { id: 'soon', occurredAt: NOW + HOUR },
].map((event) => ({ occurredAt: NOW - HOUR, ...event }));

beforeAll(async () => {
  [database, topics] = await Promise.all([
    createRatingDatabase(),
    createTestTopics({ partitions: PARTITIONS }),
  ]);
  const kafka = createKafka({
    brokers: topics.brokers,
    clientId: 'spec',
    topicPrefix: topics.prefix,
    logger,
  });
  const producer = createRecordProducer({ kafka });
  await producer.send({
    topic: TOPICS.catalog,
    partition: 0,
    records: THINGS.map((thing, at) => ({
      value: catalogEntryToMessage({ catalogVersion: at + 1, thing }),
    })),
  });
  for (const event of sent) {
    const partition = partitionOf(event.tenant ?? 'acme', event.customer ?? 'ann', PARTITIONS);
    const value = envelopeOf([event], THINGS.length);
    await producer.send({ topic: TOPICS.usageAccepted, partition, records: [{ value }] });
  }
  await producer.close();
  const urls = database.test.urlsOf('rating');
  const parsed = parseConfig(ratingConfig, {
    FARTHING_ENV: 'development',
    FARTHING_KAFKA_BROKERS: topics.brokers.join(','),
    FARTHING_TOPIC_PREFIX: topics.prefix,
    FARTHING_PARTITIONS: String(PARTITIONS),
    FARTHING_DATABASE_API_URL: urls.api,
    FARTHING_DATABASE_BATCH_URL: urls.batch,
    FARTHING_HTTP_PORT: '0',
    FARTHING_MANAGEMENT_PORT: '0',
  });
  if (parsed.outcome === 'refused') throw new Error(parsed.message);
  rating = await startRating(parsed.config, logger);
  base = await rating.app.getUrl();
  await until('all events are rated', async () => {
    const [row] = await database.rows(
      'select coalesce(sum(events), 0)::int as n from event_counts',
    );
    return row!.n === sent.length;
  });
}, 60_000);

afterAll(async () => {
  for (const { close } of rating.steps) await close();
  await database.drop();
  await topics.drop();
});

async function get(path: string, key = 'reader') {
  const response = await fetch(`${base}${path}`, { headers: { authorization: `Bearer ${key}` } });
  return { status: response.status, body: (await response.json()) as any };
}

describe('reads', () => {
  it('need a key with the scope', async () => {
    expect((await get('/v1/charges', 'nobody')).body.code).toBe('api_key_unknown');
    expect((await get('/v1/charges', 'sender')).body.code).toBe('scope_missing');
  });

  it('list charges in pages, in order, of one tenant and of one customer', async () => {
    const items: any[] = [];
    let next: string | undefined;
    do {
      const after = next === undefined ? '' : `&after=${next}`;
      const { body } = await get(`/v1/charges?limit=7${after}`);
      items.push(...body.items);
      next = body.next;
    } while (next !== undefined);
    expect(items).toHaveLength(51);
    expect(new Set(items.map(({ id }) => id)).size).toBe(51);
    const whole = await get('/v1/charges?limit=1000');
    expect(whole.body).toEqual({ items });
    const bob = await get('/v1/charges?customer=bob');
    expect(bob.body.items).toMatchObject([
      { customer: 'bob', kind: 'usage', meter: 'traffic', amount: '0.000000050', late: false },
    ]);
    expect((await get('/v1/charges', 'stranger')).body.items).toHaveLength(2);
    expect((await get('/v1/charges?to=2020-01-01T00:00:00Z')).body.items).toEqual([]);
    expect((await get('/v1/charges?from=yesterday')).body.errors[0].code).toBe('not_a_timestamp');
    expect((await get('/v1/charges?after=nonsense')).body.code).toBe('invalid_cursor');
  });

  it('explain one charge, and hide it from another tenant', async () => {
    const { body } = await get('/v1/charges?customer=ann&limit=1000');
    const last = body.items.findLast((item: any) => item.price === 'articles');
    const one = await get(`/v1/charges/${last.id}`);
    expect(one.body).toMatchObject({
      ...last,
      shares: [{ creator: 'kim', amount: '0.001050000' }],
      explanation: {
        sentence: 'Articles: units 24 to 25: 1 at 0.0015 = 0.001500000 USD',
        tenantAmount: '0.000450000',
      },
    });
    expect((await get(`/v1/charges/${last.id}`, 'stranger')).status).toBe(404);
    expect((await get('/v1/charges/chg_9')).body.code).toBe('charge_not_found');
    expect((await get('/v1/charges/chg_99999-99999-1-0-0')).body.code).toBe('charge_not_found');
  });

  it('tell the fate of an event', async () => {
    expect((await get('/v1/event-fates?source=web&id=a0')).body).toMatchObject({
      outcome: 'applied',
      resent: 1,
      conflicts: 0,
      charges: [{ event: 'a0', price: 'articles' }, { price: 'traffic' }],
    });
    expect((await get('/v1/event-fates?source=web&id=b1')).body).toMatchObject({
      outcome: 'applied',
      resent: 0,
      conflicts: 1,
    });
    expect((await get('/v1/event-fates?source=web&id=soon')).body).toMatchObject({
      outcome: 'rejected',
      reason: 'too_early',
    });
    expect((await get('/v1/event-fates?source=web&id=nothing')).body).toEqual({
      outcome: 'not_seen',
      resent: 0,
      conflicts: 0,
      charges: [],
      lag: 0,
    });
    expect((await get('/v1/event-fates?source=web&id=a0', 'stranger')).body.outcome).toBe(
      'not_seen',
    );
  });

  it('count events by how they ended', async () => {
    const expected = {
      counts: [
        { outcome: 'applied', count: 26 },
        { outcome: 'conflict', count: 1 },
        { outcome: 'duplicate', count: 1 },
        { outcome: 'rejected', reason: 'too_early', count: 1 },
      ],
      charged: 26,
    };
    expect((await get('/v1/event-counts')).body).toEqual(expected);
    expect((await get('/v1/event-counts?source=web')).body).toEqual(expected);
    expect((await get('/v1/event-counts?source=elsewhere')).body).toEqual({
      counts: [],
      charged: 0,
    });
  });

  it('show what was rejected, with its bytes, and what died', async () => {
    expect((await get('/v1/rejected-events')).body.items).toMatchObject([
      {
        code: 'too_early',
        source: 'web',
        event: 'soon',
        subject: 'ann',
        bytes: Buffer.from('{"creator":"joe"}').toString('base64'),
      },
    ]);
    expect((await get('/v1/dead-letters')).body).toEqual({ items: [] });
  });

  it('report usage by its dimensions', async () => {
    expect((await get('/v1/usage')).body.items).toEqual([
      { meter: 'articles', quantity: '25', currency: 'USD', amount: '0.047500000', charges: 25 },
      { meter: 'downloads', quantity: '1', amount: '0.000000000', charges: 0 },
      { meter: 'guests', readings: 1, amount: '0.000000000', charges: 0 },
      {
        meter: 'traffic',
        quantity: '25005',
        inUnit: { quantity: '25.005', unit: 'kB' },
        currency: 'USD',
        amount: '0.000250050',
        charges: 26,
      },
    ]);
    const paged = await get('/v1/usage?groupBy=customer,meter&limit=2');
    expect(paged.body.items.map((item: any) => [item.customer, item.meter])).toEqual([
      ['ann', 'articles'],
      ['ann', 'traffic'],
    ]);
    const rest = await get(`/v1/usage?groupBy=customer,meter&limit=3&after=${paged.body.next}`);
    expect(rest.body.items.map((item: any) => [item.customer, item.meter])).toEqual([
      ['bob', 'downloads'],
      ['bob', 'guests'],
      ['bob', 'traffic'],
    ]);
    expect((await get('/v1/usage?groupBy=creator')).body.items).toEqual([
      { creator: 'kim', currency: 'USD', amount: '0.033250000', charges: 25 },
    ]);
    expect((await get('/v1/usage?groupBy=day&customer=bob')).body.items).toHaveLength(2);
    expect((await get('/v1/usage?groupBy=colour')).status).toBe(400);
  });
});

it('what it rated reaches Kafka, in the partition of the log', async () => {
  const kafka = createKafka({
    brokers: topics.brokers,
    clientId: 'spec',
    topicPrefix: topics.prefix,
    logger,
  });
  let charges = 0;
  const partitions = new Map<number, bigint>();
  const reader = await createWholeTopicReader({
    kafka,
    topic: TOPICS.chargesRated,
    service: 'spec',
    logger,
    onRecord: ({ value }, partition) => {
      const message = decodeRatedMessage(value!);
      expect(message.from.partition).toBe(partition);
      expect(message.from.offset).toBe(partitions.get(partition) ?? 0n);
      partitions.set(partition, message.to.offset);
      charges += message.charges.length;
    },
  });
  await until('all charges were published', () => charges === 53);
  await reader.close();
});
