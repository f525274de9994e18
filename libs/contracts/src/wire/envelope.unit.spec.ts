import { fromBinary, toBinary } from '@bufbuild/protobuf';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { PropertyKind } from '../generated/farthing/usage/v1/envelope_pb.js';
import { UsageRecordSchema } from '../generated/farthing/usage/v1/usage_record_pb.js';
import { ENVELOPE_EVENTS_MAX, MESSAGE_BYTES_MAX } from '../topics/log-generation.js';
import { EnvelopeBuilder } from './envelope-builder.js';
import type { EnvelopeEvent } from './envelope-builder.js';
import { eventAt } from './envelope-columns.js';
import { decodeUsageRecord } from './usage-record.js';

const ascii = fc.string({ unit: fc.constantFrom(...'ab/?#%~!'), minLength: 1, maxLength: 20 });
const bytes = (length: number) =>
  fc.uint8Array({ minLength: length, maxLength: length }).map((a) => Buffer.from(a));
const event: fc.Arbitrary<EnvelopeEvent> = fc.record({
  tenant: fc.constantFrom('acme', 'acme.test'),
  customer: ascii,
  type: ascii,
  source: ascii,
  id: ascii,
  holdId: fc.constantFrom('', 'hold_1'),
  quoteToken: fc.constantFrom('', 'token'),
  key: bytes(16),
  bodyHash: bytes(32),
  occurredAt: fc.oneof(fc.constant(0), fc.integer({ min: -1e15, max: 2e15 })),
  data: fc.uint8Array({ maxLength: 60 }).map((a) => Buffer.from(a)),
  readings: fc.array(
    fc.record({ meter: ascii, quantity: fc.bigInt({ min: 0n, max: 9_223_372_036_854_775_807n }) }),
    { maxLength: 3 },
  ),
  properties: fc.array(
    fc.record({
      pointer: ascii.map((text) => `/${text}`),
      value: fc.string({ unit: 'grapheme', maxLength: 20 }),
      kind: fc.constantFrom(PropertyKind.STRING, PropertyKind.NUMBER, PropertyKind.BOOLEAN),
    }),
    { maxLength: 3 },
  ),
});

function encode(events: readonly EnvelopeEvent[], catalogVersion = 7) {
  const builder = new EnvelopeBuilder(catalogVersion);
  for (const one of events) builder.add(one);
  const bytesMax = builder.bytesMax;
  return { bytes: builder.finish(), bytesMax };
}

describe('the envelope codec', () => {
  it('gives back every event', () => {
    fc.assert(
      fc.property(fc.array(event, { minLength: 1, maxLength: 20 }), (events) => {
        const decoded = decodeUsageRecord(encode(events).bytes);
        if (decoded.case !== 'envelope') throw new Error('not an envelope');
        expect(decoded.envelope.count).toBe(events.length);
        expect(decoded.envelope.catalogVersion).toBe(7);
        expect(events.map((_, i) => eventAt(decoded.envelope, i))).toEqual(events);
      }),
    );
  });

  it('writes byte for byte what the standard encoder writes', () => {
    fc.assert(
      fc.property(fc.array(event, { minLength: 1, maxLength: 20 }), (events) => {
        const { bytes: ours } = encode(events);
        const standard = toBinary(UsageRecordSchema, fromBinary(UsageRecordSchema, ours));
        expect(Buffer.from(standard).equals(ours)).toBe(true);
      }),
    );
  });

  it('never gives more bytes than it said', () => {
    fc.assert(
      fc.property(fc.array(event, { minLength: 1, maxLength: 20 }), (events) => {
        const { bytes: ours, bytesMax } = encode(events);
        expect(ours.length).toBeLessThanOrEqual(bytesMax);
      }),
    );
  });

  it('is closed at 2,000 events', () => {
    const builder = new EnvelopeBuilder(1);
    const [small] = fc.sample(event, 1);
    for (let i = 0; i < ENVELOPE_EVENTS_MAX; i++) {
      expect(builder.hasRoomFor(small!)).toBe(true);
      builder.add({ ...small!, data: Buffer.alloc(0), properties: [], readings: [] });
    }
    expect(builder.hasRoomFor(small!)).toBe(false);
  });

  it('is closed at 512 KiB, though one event always has room', () => {
    const builder = new EnvelopeBuilder(1);
    const [small] = fc.sample(event, 1);
    const big = { ...small!, data: Buffer.alloc(64 * 1024) };
    let added = 0;
    for (; builder.hasRoomFor(big); added++) builder.add(big);
    expect(added).toBe(7);
    expect(builder.finish().length).toBeLessThanOrEqual(MESSAGE_BYTES_MAX);
    const huge = { ...small!, data: Buffer.alloc(MESSAGE_BYTES_MAX) };
    expect(new EnvelopeBuilder(1).hasRoomFor(huge)).toBe(true);
  });
});
