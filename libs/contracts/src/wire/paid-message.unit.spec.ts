import { fromBinary, toBinary } from '@bufbuild/protobuf';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ChargeKind } from '../generated/farthing/rating/v1/rated_pb.js';
import { PaidMessageSchema } from '../generated/farthing/wallets/v1/paid_pb.js';
import { decodePaidMessage, encodePaidMessage } from './paid-message.js';
import type { ChargePayment } from './paid-message.js';

const text = fc.string({ unit: fc.constantFrom(...'abc-'), maxLength: 8 });
const micros = fc.integer({ min: 0, max: 4e15 });
const payment: fc.Arbitrary<ChargePayment> = fc.record({
  offset: fc.constant(9n),
  index: fc.nat(2000),
  n: fc.nat(5),
  tenant: text,
  customer: text,
  currency: fc.constantFrom('USD', 'JPY'),
  kind: fc.constantFrom(ChargeKind.USAGE, ChargeKind.ADJUSTMENT),
  price: text,
  priceVersion: fc.nat(100),
  cell: text,
  usageFrom: micros,
  bookingFrom: micros,
  bookingTo: micros,
  grant: fc.constantFrom('', 'grant_1'),
  amountNanos: fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }),
});
const range = {
  from: { generation: 1, partition: 3, offset: 9n, index: 0 },
  to: { generation: 1, partition: 3, offset: 10n, index: 0 },
};

describe('the paid message codec', () => {
  it('gives back every payment, and writes what the standard encoder writes', () => {
    fc.assert(
      fc.property(fc.array(payment, { maxLength: 20 }), (payments) => {
        const ours = encodePaidMessage({ ...range, echoes: [], payments });
        expect(decodePaidMessage(ours).payments).toEqual(payments);
        const standard = toBinary(PaidMessageSchema, fromBinary(PaidMessageSchema, ours));
        expect(Buffer.from(standard).equals(ours)).toBe(true);
      }),
    );
  });
});
