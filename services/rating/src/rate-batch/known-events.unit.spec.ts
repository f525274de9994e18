import { createHash } from 'node:crypto';
import { EnvelopeBuilder } from '@farthing/contracts/wire/envelope-builder';
import { decodeUsageRecord } from '@farthing/contracts/wire/usage-record';
import { describe, expect, it } from 'vitest';
import { ChunkEvents } from './chunk-events.js';
import { KnownEvents } from './known-events.js';
import { RecentKeys } from './recent-keys.js';

const keyOf = (at: number) => createHash('sha256').update(String(at)).digest().subarray(0, 16);
const hashOf = (at: number) => createHash('sha256').update(`body ${at}`).digest();

/** One event a key, in envelopes of a hundred. */
function eventsOf(keys: readonly number[]): ChunkEvents {
  const envelopes = [];
  for (let at = 0; at < keys.length; at += 100) {
    const builder = new EnvelopeBuilder(1);
    for (const key of keys.slice(at, at + 100)) {
      builder.add({
        tenant: 'acme',
        customer: 'ann',
        type: 'read',
        source: 'web',
        id: String(key),
        holdId: '',
        quoteToken: '',
        key: keyOf(key),
        bodyHash: hashOf(key),
        occurredAt: 0,
        data: Buffer.alloc(0),
        readings: [],
        properties: [],
      });
    }
    const decoded = decodeUsageRecord(builder.finish());
    if (decoded.case !== 'envelope') throw new Error('no envelope');
    envelopes.push({ offset: BigInt(at), appendedAt: 0, columns: decoded.envelope });
  }
  return new ChunkEvents(envelopes);
}

const range = (length: number) => Array.from({ length }, (_, at) => at);

describe('the events of a chunk', () => {
  it('are found by their ordinals, across envelopes', () => {
    const events = eventsOf(range(250));
    expect(events.count).toBe(250);
    const { offset } = events.envelopeOf(249);
    expect([offset, events.indexOf(249), events.tenantOf(249)]).toEqual([200n, 49, 'acme']);
    expect(events.indexOf(100)).toBe(0);
    expect(events.keyOf(120)).toEqual(keyOf(120));
  });
});

describe('known events', () => {
  it('finds by the whole key, and tells another body', () => {
    const known = new KnownEvents(eventsOf([...range(300), 7, 299, 1_000]));
    for (let at = 0; at < 300; at++) {
      expect(known.find(at)).toBeUndefined();
      known.add(at);
    }
    expect([known.find(300), known.find(301), known.find(302)]).toEqual([
      'same',
      'same',
      undefined,
    ]);
  });

  it('learns what the inbox says, also more than it was made for', () => {
    const known = new KnownEvents(eventsOf([5, 6, 7]));
    for (let at = 0; at < 1_000; at++) {
      const hash = at === 6 ? hashOf(60) : hashOf(at);
      expect(known.learn({ key: keyOf(at), hash })).toBe(true);
    }
    expect(known.learn({ key: keyOf(6), hash: hashOf(6) })).toBe(false);
    expect([known.find(0), known.find(1), known.find(2)]).toEqual(['same', 'other_body', 'same']);
    const almost = Buffer.from(keyOf(7));
    almost[15]! ^= 1;
    expect(known.learn({ key: almost, hash: hashOf(7) })).toBe(true);
  });

  it('forgets what came after a mark, and no more', () => {
    const known = new KnownEvents(eventsOf(range(100)));
    for (let at = 0; at < 60; at++) known.add(at);
    known.truncate(20);
    expect(known.length).toBe(20);
    expect([known.find(19), known.find(20)]).toEqual(['same', undefined]);
    known.add(20);
    expect(known.find(20)).toBe('same');
  });
});

it('recent keys remember the late ones and stay as small as they are', () => {
  const recent = new RecentKeys();
  expect(recent.has(Buffer.alloc(16), 0)).toBe(false);
  for (let at = 0; at < 30_000; at++) recent.add(keyOf(at), 0);
  expect(recent.has(keyOf(29_999), 0)).toBe(true);
  const wrong = Array.from({ length: 2_000 }, (_, at) => recent.has(keyOf(1_000_000 + at), 0));
  expect(wrong.filter(Boolean).length).toBeLessThan(3);
});
