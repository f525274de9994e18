import { expect, test } from 'vitest';
import { compileMeter, type Meter } from './meter.js';
import { meterEvent } from './meter-event.js';

const meter = (key: string, parts: Partial<Meter>): ReturnType<typeof compileMeter> =>
  compileMeter({
    tenant: 'acme',
    key,
    version: 3,
    eventTypes: ['article.read'],
    aggregation: 'count',
    filter: [],
    dimensions: [],
    ...parts,
  });

const READS = meter('articles', { filter: [{ op: 'eq', pointer: '/status', value: 200 }] });
const TRAFFIC = meter('traffic', { aggregation: 'sum', valuePointer: '/bytes' });
const VISITORS = meter('visitors', { aggregation: 'unique', valuePointer: '/visitor' });
const BY_FORMAT = meter('formats', { dimensions: [{ name: 'format', pointer: '/format' }] });

test('an event is read by every meter whose filter it passes', () => {
  expect(meterEvent([READS, TRAFFIC], { status: 200, bytes: '1.5' })).toEqual({
    outcome: 'metered',
    readings: [
      { meterKey: 'articles', meterVersion: 3, quantity: 1_000_000_000n, dimensions: {} },
      { meterKey: 'traffic', meterVersion: 3, quantity: 1_500_000_000n, dimensions: {} },
    ],
  });
});

test('a page that answered 404 is metered and not billed', () => {
  expect(meterEvent([READS], { status: 404 })).toEqual({ outcome: 'metered', readings: [] });
});

test('a filter is judged before a value: what is not counted may lack it', () => {
  const filtered = meter('traffic', {
    aggregation: 'sum',
    valuePointer: '/bytes',
    filter: [{ op: 'eq', pointer: '/status', value: 200 }],
  });
  expect(meterEvent([filtered], { status: 404 })).toEqual({ outcome: 'metered', readings: [] });
});

test('dimensions are read where the event has them', () => {
  const read = meterEvent([BY_FORMAT], { format: 'video' });
  expect(read.outcome === 'metered' && read.readings[0]?.dimensions).toEqual({ format: 'video' });
  const absent = meterEvent([BY_FORMAT], {});
  expect(absent.outcome === 'metered' && absent.readings[0]?.dimensions).toEqual({});
});

test.each(['ann', '', 7, true])('a distinct value is read as one: %j', (visitor) => {
  const read = meterEvent([VISITORS], { visitor });
  expect(read.outcome === 'metered' && read.readings[0]?.quantity).toBe(1_000_000_000n);
});

test.each([
  [[], {}, 'unknown_type', '/type'],
  [[TRAFFIC], {}, 'value_missing', '/data/bytes'],
  [[TRAFFIC], { bytes: -1 }, 'negative_quantity', '/data/bytes'],
  [[TRAFFIC], { bytes: 0.1 }, 'number_not_exact', '/data/bytes'],
  [[TRAFFIC], { bytes: 'many' }, 'not_a_number', '/data/bytes'],
  [[READS, TRAFFIC], { status: 200 }, 'value_missing', '/data/bytes'],
  [[BY_FORMAT], { format: {} }, 'property_not_text', '/data/format'],
  [[VISITORS], {}, 'value_missing', '/data/visitor'],
  [[VISITORS], { visitor: null }, 'value_missing', '/data/visitor'],
  [[VISITORS], { visitor: ['ann'] }, 'property_not_text', '/data/visitor'],
  [[VISITORS], { visitor: 'x'.repeat(256) }, 'property_not_text', '/data/visitor'],
])('%# is refused with its place', (meters, data, reason, pointer) => {
  expect(meterEvent(meters, data)).toEqual({ outcome: 'refused', reason, pointer });
});
