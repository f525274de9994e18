import { DeadlineExceeded, Overloaded } from '@farthing/adapters/kafka/kafka-errors';
import { createLogger } from '@farthing/adapters/telemetry/logger';
import { status } from '@grpc/grpc-js';
import { KafkaJSConnectionError } from 'kafkajs';
import { expect, it } from 'vitest';
import { RateLimits } from '../rate-limits/rate-limits.js';
import { acmeView } from './acme-catalog.spec.js';
import { Admission } from './admit-usage-events.js';
import { BytesInHand } from './bytes-in-hand.js';
import type { EventMessage } from './event-message.js';
import { GrpcRefusals } from './grpc-refusals.js';
import { IngestDoor } from './ingest-door.js';
import { createIngestionMetrics } from '../metrics.js';
import { createMetricsRegistry } from '@farthing/adapters/telemetry/metrics-registry';

interface Given {
  readonly append?: () => Promise<void>;
  readonly eventsPerSecond?: number;
  readonly bytesInHandMax?: number;
}

const view = acmeView();

function doorOf(given: Given): IngestDoor {
  const freshness = { asOfNow: () => Promise.resolve() };
  const perSecond = given.eventsPerSecond ?? 1e6;
  const rate = { eventsPerSecond: perSecond, burstEvents: perSecond };
  const gauges = { catalogVersion: () => 0, bytesInHand: () => 0, haltedPartitions: () => 0 };
  return new IngestDoor({
    senders: { view, freshness },
    rateLimits: new RateLimits({ perTenant: rate, perKey: rate }),
    inHand: new BytesInHand(given.bytesInHandMax ?? 8 * 1024 * 1024),
    admission: new Admission(view, freshness, { strangersAmong: () => Promise.resolve(new Set()) }),
    log: { append: given.append ?? (() => Promise.resolve()) },
    clock: { nowMicros: () => Date.parse('2026-03-01T12:00:00Z') * 1_000 },
    metrics: createIngestionMetrics(createMetricsRegistry({ service: 'ingestion' }), gauges),
    deadlineMs: 1_000,
    dedupeHorizonMs: 100 * 86_400_000,
  });
}

const event = (id: string): EventMessage => ({
  id,
  source: 'web',
  type: 'article.read',
  subject: 'alice',
  time: '',
  data: Buffer.from('{"bytes":1}'),
  holdId: '',
  quoteToken: '',
  voids: '',
  corrects: '',
});
const events = ['1', '2', '3'].map(event);
const refusals = new GrpcRefusals(
  { requestRefused: () => undefined },
  createLogger({ service: 'spec', level: 'silent' }),
);

it.each<[string, status, string | undefined, Given]>([
  ['rate_limited', status.RESOURCE_EXHAUSTED, '1', { eventsPerSecond: 5 }],
  ['overloaded', status.UNAVAILABLE, '1', { bytesInHandMax: 10 }],
  ['overloaded', status.UNAVAILABLE, '1', { append: () => Promise.reject(new Overloaded('full')) }],
  [
    'deadline_exceeded',
    status.UNAVAILABLE,
    '1',
    { append: () => Promise.reject(new DeadlineExceeded('away')) },
  ],
  [
    'log_unavailable',
    status.UNAVAILABLE,
    '1',
    { append: () => Promise.reject(new KafkaJSConnectionError('away')) },
  ],
  ['internal', status.INTERNAL, undefined, { append: () => Promise.reject(new TypeError('oops')) }],
])('refuses a request as HTTP does: %s', async (details, code, retryAfter, given) => {
  const door = doorOf(given);
  // Of five a second, the first request has three and the second would have one too many.
  if (given.eventsPerSecond) await door.answer('Bearer fk_live_acme', events);
  const error: unknown = await door
    .answer('Bearer fk_live_acme', events)
    .catch((thrown: unknown) => thrown);
  const refusal = refusals.of(error);
  expect(refusal).toMatchObject({ code, details });
  const { metadata } = refusal.getError() as { metadata: { get: (name: string) => unknown[] } };
  expect(metadata.get('retry-after')).toEqual(retryAfter === undefined ? [] : [retryAfter]);
});

it('gives back what it holds when a request is over', async () => {
  const door = doorOf({ bytesInHandMax: 400 });
  for (let request = 0; request < 5; request += 1) {
    expect(await door.answer('Bearer fk_live_acme', events)).toHaveLength(3);
  }
});
