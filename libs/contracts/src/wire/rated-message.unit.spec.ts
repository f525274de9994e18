import { fromBinary, toBinary } from '@bufbuild/protobuf';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ChargeKind, RatedMessageSchema } from '../generated/farthing/rating/v1/rated_pb.js';
import type { RatedCharge } from './rated-charge.js';
import { RatedChargeColumns } from './rated-charge-columns.js';
import {
  decodeRatedEchoes,
  decodeRatedMessage,
  encodeRatedFrame,
  encodeRatedMessage,
  type RatedMessageContent,
} from './rated-message.js';

const text = fc.string({ unit: fc.constantFrom(...'abc-{}":1'), maxLength: 12 });
const micros = fc.integer({ min: 0, max: 4e15 });
const quantity = fc.bigInt({ min: -(10n ** 36n), max: 10n ** 36n });
const nanos = fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n });
const charge: fc.Arbitrary<RatedCharge> = fc.record({
  offset: fc.constant(0n),
  index: fc.nat(2000),
  n: fc.nat(5),
  tenant: text,
  customer: text,
  currency: fc.constantFrom('USD', 'JPY'),
  kind: fc.constantFrom(ChargeKind.USAGE, ChargeKind.ADJUSTMENT, ChargeKind.MINIMUM),
  corrects: text,
  source: text,
  eventId: text,
  type: text,
  meter: text,
  price: text,
  priceVersion: fc.nat(100),
  cell: text,
  occurredAt: micros,
  usageFrom: micros,
  usageTo: micros,
  bookingFrom: micros,
  bookingTo: micros,
  quantityBefore: quantity,
  quantityAfter: quantity,
  amountNanos: nanos,
  quoteDifferenceNanos: nanos,
  bodyHash: fc.uint8Array({ minLength: 32, maxLength: 32 }).map((a) => Buffer.from(a)),
  pricedBefore: fc.option(fc.record({ events: fc.nat(), amount: nanos }), { nil: undefined }),
  shares: fc.array(fc.record({ creator: text, amountNanos: nanos }), { maxLength: 3 }),
});
const charges = fc
  .array(charge, { maxLength: 20 })
  .map((all) => all.map((one, i) => ({ ...one, offset: 5_000_000_000n + BigInt(i) })));
const range = {
  from: { generation: 1, partition: 3, offset: 5_000_000_000n, index: 0 },
  to: { generation: 1, partition: 3, offset: 5_000_000_020n, index: 0 },
};

const ECHOES: RatedMessageContent['echoes'] = [
  {
    offset: 1n,
    index: 0,
    record: {
      case: 'barrierPassed',
      value: {
        runId: 'run',
        tenant: 'acme',
        closesBeforeMicros: 9n,
        charges: 4n,
        sums: [{ currency: 'USD', sumNanos: '12' }],
      },
    },
  },
];

describe('the rated message codec', () => {
  it('gives back every charge', () => {
    fc.assert(
      fc.property(charges, (all) => {
        const bytes = encodeRatedMessage({ ...range, echoes: [], appliedHolds: [], charges: all });
        const decoded = decodeRatedMessage(bytes);
        expect(decoded.charges).toEqual(all);
        expect(decoded.from).toEqual(range.from);
        expect(decoded.to).toEqual(range.to);
      }),
    );
  });

  it('writes byte for byte what the standard encoder writes', () => {
    fc.assert(
      fc.property(charges, (all) => {
        const ours = encodeRatedMessage({
          ...range,
          echoes: ECHOES,
          appliedHolds: [{ offset: 1n, index: 2, tenant: 'acme', customer: 'a', holdId: 'h' }],
          charges: all,
        });
        const standard = toBinary(RatedMessageSchema, fromBinary(RatedMessageSchema, ours));
        expect(Buffer.from(standard).equals(ours)).toBe(true);
      }),
    );
  });

  it('is read for its echoes alone, too', () => {
    fc.assert(
      fc.property(charges, (all) => {
        const bytes = encodeRatedMessage({
          ...range,
          echoes: ECHOES,
          appliedHolds: [],
          charges: all,
        });
        const { from, to, echoes } = decodeRatedMessage(bytes);
        expect(echoes).toHaveLength(1);
        expect(decodeRatedEchoes(bytes)).toEqual({ from, to, echoes });
      }),
    );
  });

  it('never gives more bytes than it said', () => {
    fc.assert(
      fc.property(charges, (all) => {
        const columns = new RatedChargeColumns();
        for (const one of all) columns.add(one);
        expect(columns.encode().length).toBeLessThanOrEqual(columns.bytesMax);
      }),
    );
  });

  it('forgets what came after a mark', () => {
    fc.assert(
      fc.property(charges, charges, charges, (before, undone, after) => {
        const columns = new RatedChargeColumns();
        for (const one of before) columns.add(one);
        const mark = columns.mark();
        for (const one of undone) columns.add(one);
        columns.truncate(mark);
        for (const one of after) columns.add(one);
        const frame = { ...range, echoes: [], appliedHolds: [] };
        const bytes = encodeRatedMessage({ ...frame, charges: [...before, ...after] });
        expect(encodeRatedFrame(frame, columns).equals(bytes)).toBe(true);
      }),
    );
  });
});
