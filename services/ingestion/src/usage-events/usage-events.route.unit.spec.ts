import { readFileSync } from 'node:fs';
import { gzipSync } from 'node:zlib';
import { DeadlineExceeded, Overloaded } from '@farthing/adapters/kafka/kafka-errors';
import { createLogger } from '@farthing/adapters/telemetry/logger';
import { createMetricsRegistry } from '@farthing/adapters/telemetry/metrics-registry';
import fastify, { type FastifyInstance } from 'fastify';
import { KafkaJSConnectionError } from 'kafkajs';
import { describe, expect, it, vi } from 'vitest';
import { EVENT_REJECTIONS, REQUEST_REFUSALS } from '../errors.js';
import type { AppendRequest } from '../envelopes/usage-log.js';
import { createIngestionMetrics } from '../metrics.js';
import { RateLimits } from '../rate-limits/rate-limits.js';
import { acmeView } from './acme-catalog.spec.js';
import { Admission } from './admit-usage-events.js';
import { BytesInHand } from './bytes-in-hand.js';
import { BODY_BYTES_MAX } from './request-body.js';
import { UsageEventsDoor } from './usage-events.door.js';
import { registerUsageEventsRoute } from './usage-events.route.js';

const STRUCTURED = 'application/cloudevents+json';
const BATCH = 'application/cloudevents-batch+json';
const LINES = 'application/x-ndjson';
const NOW = Date.parse('2026-03-01T12:00:00Z') * 1_000;

type Append = (request: AppendRequest) => Promise<void>;

interface Given {
  readonly append?: Append;
  readonly asOfNow?: () => Promise<void>;
  readonly eventsPerSecond?: number;
  readonly bytesInHandMax?: number;
}

function serve(given: Given = {}): FastifyInstance {
  const view = acmeView();
  const registry = createMetricsRegistry({ service: 'ingestion' });
  const logger = createLogger({ service: 'spec', level: 'silent' });
  const freshness = { asOfNow: given.asOfNow ?? (() => Promise.resolve()) };
  const inHand = new BytesInHand(given.bytesInHandMax ?? 8 * 1024 * 1024);
  const metrics = createIngestionMetrics(registry, {
    catalogVersion: () => view.version,
    bytesInHand: () => inHand.bytes,
    haltedPartitions: () => 0,
  });
  const limit = { eventsPerSecond: given.eventsPerSecond ?? 1e6, burstEvents: 50_000 };
  const rate = given.eventsPerSecond ? { ...limit, burstEvents: given.eventsPerSecond } : limit;
  const door = new UsageEventsDoor({
    senders: { view, freshness },
    rateLimits: new RateLimits({ perTenant: rate, perKey: rate }),
    inHand,
    admission: new Admission(view, freshness, { strangersAmong: () => Promise.resolve(new Set()) }),
    log: { append: given.append ?? (() => Promise.resolve()) },
    clock: { nowMicros: () => NOW },
    metrics,
    deadlineMs: 1_000,
    dedupeHorizonMs: 100 * 86_400_000,
  });
  const app = fastify();
  registerUsageEventsRoute(app, { door, metrics, logger });
  return app;
}

interface Sent {
  readonly type?: string;
  readonly body?: string | Buffer;
  readonly key?: string | null;
  readonly query?: string;
  readonly headers?: Readonly<Record<string, string>>;
}

function post(app: FastifyInstance, sent: Sent = {}) {
  const { key = 'fk_live_acme', type = BATCH } = sent;
  return app.inject({
    method: 'POST',
    url: `/v1/events${sent.query ?? ''}`,
    headers: {
      'content-type': type,
      ...(key === null ? {} : { authorization: `Bearer ${key}` }),
      ...sent.headers,
    },
    payload: sent.body ?? '[]',
  });
}

function event(id: number, changes: Readonly<Record<string, unknown>> = {}): string {
  const facts = { specversion: '1.0', id: String(id), source: 'web', type: 'article.read' };
  return JSON.stringify({ ...facts, subject: 'alice', data: { bytes: id }, ...changes });
}

function batch(count: number): string {
  return `[${Array.from({ length: count }, (_, i) => event(i)).join()}]`;
}

const gzip = { 'content-encoding': 'gzip' };
const away = () => Promise.reject(new DeadlineExceeded('away'));

/** Every refusal of a whole request: how it comes about, its status and its code. */
const REFUSALS: ReadonlyArray<readonly [code: string, status: number, sent: Sent, given?: Given]> =
  [
    ['api_key_missing', 401, { key: null }],
    ['api_key_unknown', 401, { key: 'fk_live_nobody' }],
    ['api_key_revoked', 401, { key: 'fk_live_old' }],
    ['scope_missing', 403, { key: 'fk_live_reader' }],
    ['query_invalid', 400, { query: '?dryRun=yes' }],
    ['query_invalid', 400, { query: '?dryRun=true&dryRun=true' }],
    ['unsupported_media_type', 415, { type: 'application/json' }],
    ['unsupported_media_type', 415, { type: 'constructor' }],
    ['unsupported_media_type', 415, { type: `${STRUCTURED}; charset=latin1` }],
    ['unsupported_encoding', 415, { headers: { 'content-encoding': 'br' } }],
    ['unsupported_encoding', 415, { headers: { 'content-encoding': 'gzip, gzip' } }],
    ['body_too_large', 413, { body: ' '.repeat(BODY_BYTES_MAX + 1) }],
    ['body_too_large', 413, { headers: gzip, body: gzipSync(numbers(2 * BODY_BYTES_MAX)) }],
    ['compression_ratio_too_high', 413, { headers: gzip, body: gzipSync(' '.repeat(900_000)) }],
    ['too_many_events', 413, { body: batch(1_001) }],
    ['too_many_events', 413, { type: LINES, body: '{}\n'.repeat(1_001) }],
    ['not_gzip', 400, { headers: gzip, body: '[]' }],
    ['not_gzip', 400, { headers: gzip, body: gzipSync('[]').subarray(0, 15) }],
    ['not_utf8', 400, { body: Buffer.from([0x5b, 0x22, 0xff, 0x22, 0x5d]) }],
    ['not_json', 400, { body: `[${event(1)},` }],
    ['not_json', 400, { body: event(1) }],
    ['not_json', 400, { type: STRUCTURED, body: '' }],
    ['rate_limited', 429, { body: batch(60) }, { eventsPerSecond: 50 }],
    ['overloaded', 503, {}, { bytesInHandMax: 1 }],
    ['overloaded', 503, { headers: gzip, body: gzipSync(batch(900)) }, { bytesInHandMax: 50_000 }],
    [
      'overloaded',
      503,
      { body: batch(1) },
      { append: () => Promise.reject(new Overloaded('full')) },
    ],
    ['deadline_exceeded', 503, { body: batch(1) }, { append: away }],
    ['deadline_exceeded', 503, { body: `[${event(1, { type: 'x' })}]` }, { asOfNow: away }],
    ['deadline_exceeded', 503, { key: 'fk_live_nobody' }, { asOfNow: away }],
    [
      'log_unavailable',
      503,
      { body: batch(1) },
      { append: () => Promise.reject(new KafkaJSConnectionError('gone')) },
    ],
  ];

const FROM_ADAPTERS = ['api_key_missing', 'api_key_unknown', 'api_key_revoked', 'scope_missing'];

/** Digits compress about ninefold at most. */
function numbers(length: number): string {
  return Array.from({ length: length / 8 }, (_, i) => `${(i * 7_919_777) % 10_000_019},`)
    .join('')
    .padEnd(length);
}

describe('a refusal of a whole request', () => {
  it.each(REFUSALS)('%s (%i)', async (code, status, sent, given) => {
    const app = serve(given);
    if (code === 'rate_limited') await post(app, sent);
    const answer = await post(app, sent);
    expect(answer.headers['content-type']).toMatch(/^application\/problem\+json/);
    expect(answer.json()).toMatchObject({ code, status });
    expect(answer.statusCode).toBe(status);
    const waits = status === 429 || status === 503;
    expect(Number(answer.headers['retry-after'] ?? 0) >= 1).toBe(waits);
  });

  it('has a row above for every code', () => {
    const rows = new Set(REFUSALS.map(([code]) => code));
    const codes = [...FROM_ADAPTERS, ...Object.keys(REQUEST_REFUSALS)];
    expect([...rows].toSorted()).toEqual(codes.toSorted());
  });

  it('has its sentence in the README, and so has every rejection of an event', () => {
    // The formatter pads the cells of tables.
    const readme = readFileSync(new URL('../../README.md', import.meta.url), 'utf8').replaceAll(
      / +/g,
      ' ',
    );
    for (const [code, { status, detail }] of Object.entries(REQUEST_REFUSALS)) {
      expect(readme).toContain(`| ${status} | \`${code}\` | ${detail} |`);
    }
    for (const code of FROM_ADAPTERS) expect(readme).toContain(`\`${code}\``);
    for (const [code, detail] of Object.entries(EVENT_REJECTIONS)) {
      expect(readme).toContain(`| \`${code}\` | ${detail} |`);
    }
  });
});

describe('results', () => {
  it('are one an event, in order, with pointers into the request', async () => {
    const append = vi.fn<Append>(() => Promise.resolve());
    const body = `[${event(1)},{"id":"2"},${event(3, { data: { bytes: -1 } })},${event(4)}]`;
    const answer = await post(serve({ append }), { body });
    expect(answer.statusCode).toBe(202);
    expect(answer.json()).toEqual({
      results: [
        { id: '1', outcome: 'accepted' },
        {
          id: '2',
          outcome: 'rejected',
          code: 'specversion_unsupported',
          detail: EVENT_REJECTIONS.specversion_unsupported,
          pointer: '/1/specversion',
        },
        {
          id: '3',
          outcome: 'rejected',
          code: 'negative_quantity',
          detail: EVENT_REJECTIONS.negative_quantity,
          pointer: '/2/data/bytes',
        },
        { id: '4', outcome: 'accepted' },
      ],
    });
    const entries = append.mock.calls[0]![0].entries;
    expect(entries.map((entry) => entry.kind === 'event' && entry.event.id)).toEqual(['1', '4']);
  });

  it('of one event point into it', async () => {
    const body = event(1, { subject: '' });
    const answer = await post(serve(), { type: `${STRUCTURED}; charset=UTF-8`, body });
    expect(answer.json().results).toMatchObject([{ code: 'subject_invalid', pointer: '/subject' }]);
  });

  it('of lines break a broken line alone', async () => {
    const body = gzipSync(`${event(1)}\n{"a"\n\n${event(3)}\n`);
    const answer = await post(serve(), { type: LINES, body, headers: gzip });
    expect(answer.json().results).toMatchObject([
      { outcome: 'accepted' },
      { code: 'not_json', pointer: '/1' },
      { outcome: 'accepted' },
    ]);
  });

  it('are none for no events, and nothing is written', async () => {
    const append = vi.fn<Append>(() => Promise.resolve());
    const app = serve({ append });
    const answers = [await post(app), await post(app, { type: LINES, body: '\n' })];
    for (const answer of answers) {
      expect([answer.statusCode, answer.body]).toEqual([202, '{"results":[]}']);
    }
    expect(append).not.toHaveBeenCalled();
  });

  it('pass an event on twice that comes twice: rating decides', async () => {
    const append = vi.fn<Append>(() => Promise.resolve());
    await post(serve({ append }), { body: `[${event(1)},${event(1)}]` });
    expect(append.mock.calls[0]![0].entries).toHaveLength(2);
  });

  it('of a dry run have readings, and nothing is written', async () => {
    const append = vi.fn<Append>(() => Promise.resolve());
    const body = `[${event(5, { data: { bytes: '1.50', format: 'pdf' } })},{}]`;
    const answer = await post(serve({ append }), { body, query: '?dryRun=true' });
    expect(answer.statusCode).toBe(200);
    expect(answer.json().results).toMatchObject([
      {
        id: '5',
        outcome: 'accepted',
        readings: [
          { meter: 'articles', meterVersion: 1, quantity: '1', dimensions: {} },
          { meter: 'traffic', meterVersion: 1, quantity: '1.5', dimensions: { format: 'pdf' } },
        ],
      },
      { outcome: 'rejected' },
    ]);
    expect(append).not.toHaveBeenCalled();
  });

  it('count against the limit as they are, not as they were estimated', async () => {
    // An estimate of 46 for one event, twice, with 50 a second.
    const much = serve({ eventsPerSecond: 50 });
    const nested = Array.from({ length: 45 }, () => ({ specversion: 1 }));
    const body = `[${event(1, { data: { bytes: 1, nested } })}]`;
    const statuses = [await post(much, { body }), await post(much, { body })];
    expect(statuses.map(({ statusCode }) => statusCode)).toEqual([202, 202]);

    // An estimate of 1 for 1,000 events: they pass on credit, which the next request has to wait for.
    const little = serve({ eventsPerSecond: 50 });
    const hidden = batch(1_000).replaceAll('specversion', 'specversi\\u006fn');
    const answers = [await post(little, { body: hidden }), await post(little, { body: hidden })];
    expect(answers.map(({ statusCode }) => statusCode)).toEqual([202, 429]);
  });

  it('are not kept from a small request by what a large one could hold', async () => {
    const app = serve({ bytesInHandMax: 50_000 });
    const sent = { headers: gzip, body: gzipSync(batch(100)) };
    const answers = await Promise.all([post(app, sent), post(app, sent)]);
    expect(answers.map(({ statusCode }) => statusCode)).toEqual([202, 202]);
  });

  it('free what a request held, also when it fails', async () => {
    const app = serve({ bytesInHandMax: BODY_BYTES_MAX });
    for (let i = 0; i < 5; i++) await post(app, { body: '[' });
    expect((await post(app, { body: batch(1) })).statusCode).toBe(202);
  });
});
