import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ChargeKind } from '@farthing/contracts/generated/farthing/rating/v1/rated_pb';
import { ratedChargesBytesMax } from '@farthing/contracts/wire/rated-charge-columns';
import { decodeRatedMessage } from '@farthing/contracts/wire/rated-message';
import type { Charge } from '../charges/charge.js';
import { ECHO_BYTES, RangeBuilder } from './range-builder.js';

function chargeAt(offset: bigint, index: number, n = 0): Charge {
  return {
    offset,
    index,
    n,
    tenant: 'acme',
    customer: 'ann',
    currency: 'USD',
    kind: ChargeKind.USAGE,
    corrects: '',
    source: 'web',
    eventId: `${offset}-${index}`,
    type: 'read',
    meter: 'm',
    price: 'p',
    priceVersion: 1,
    cell: '',
    occurredAt: 1,
    usageFrom: 0,
    usageTo: 2,
    bookingFrom: 0,
    bookingTo: 2,
    quantityBefore: 0n,
    quantityAfter: 1n,
    amountNanos: 1n,
    quoteDifferenceNanos: 0n,
    bodyHash: Buffer.alloc(32),
    shares: [],
    creators: [],
    usageMonth: 197001,
    tenantNumber: 1,
    customerNumber: 1,
    priceNumber: 1,
    sourceNumber: 1,
  };
}

const placeAt = (offset: bigint) => ({ offset, index: 0 });

const holdAt = (offset: bigint, index: number) => ({
  offset,
  index,
  tenant: 'acme',
  customer: 'ann',
  holdId: 'h',
});

/** Never less than what a position of these specs adds. */
const POSITION_BYTES = ratedChargesBytesMax(4, { shares: 0, textLength: 200 }) + ECHO_BYTES;

/** Per position: how many charges it makes, and whether it names a hold. */
const positions = fc.array(fc.tuple(fc.nat(4), fc.boolean()), { maxLength: 60 });

function fill(builder: RangeBuilder, made: ReadonlyArray<[number, boolean]>, start = 0): void {
  made.forEach(([charges, hold], at) => {
    const offset = 10n + BigInt(Math.floor((start + at) / 7));
    const index = (start + at) % 7;
    builder.enter(offset, index, POSITION_BYTES);
    for (let n = 0; n < charges; n++) builder.addCharge(chargeAt(offset, index, n));
    if (hold) builder.addHold(holdAt(offset, index));
  });
}

describe('ranges', () => {
  it('tile the offsets, keep the order, and never cut inside a position', () => {
    fc.assert(
      fc.property(positions, fc.integer({ min: 1, max: 8_000 }), (made, bytesMax) => {
        const builder = new RangeBuilder(3, placeAt(10n), bytesMax);
        fill(builder, made);
        const ranges = builder.finish(placeAt(100n));
        let next = { generation: 1, partition: 3, offset: 10n, index: 0 };
        const seen: string[] = [];
        for (const { from, to, bytes } of ranges) {
          expect(from).toEqual(next);
          next = to;
          const message = decodeRatedMessage(bytes);
          for (const charge of message.charges) {
            seen.push(`${charge.eventId}-${charge.n}`);
            const below =
              charge.offset < from.offset ||
              (charge.offset === from.offset && charge.index < from.index);
            const above =
              charge.offset > to.offset ||
              (charge.offset === to.offset && charge.index >= to.index);
            expect([below, above]).toEqual([false, false]);
          }
        }
        expect(next).toEqual({ generation: 1, partition: 3, offset: 100n, index: 0 });
        const whole = new RangeBuilder(3, placeAt(10n));
        fill(whole, made);
        const [one] = whole.finish(placeAt(100n));
        expect(seen).toEqual(
          decodeRatedMessage(one!.bytes).charges.map((c) => `${c.eventId}-${c.n}`),
        );
      }),
    );
  });

  it('close before the limit, unless one position alone is beyond it', () => {
    const builder = new RangeBuilder(0, placeAt(0n), 2_000);
    for (let at = 0; at < 50; at++) {
      builder.enter(BigInt(at), 0, ratedChargesBytesMax(1, { shares: 0, textLength: 30 }));
      builder.addCharge(chargeAt(BigInt(at), 0));
    }
    const ranges = builder.finish(placeAt(50n));
    expect(ranges.length).toBeGreaterThan(5);
    for (const { bytes } of ranges) expect(bytes.length).toBeLessThan(2_000);
  });

  it('go back to a mark as if nothing had come after it', () => {
    fc.assert(
      fc.property(positions, positions, positions, (kept, dropped, after) => {
        const builder = new RangeBuilder(0, placeAt(10n), 3_000);
        fill(builder, kept);
        const mark = builder.mark();
        fill(builder, dropped, kept.length);
        builder.rollbackTo(mark);
        fill(builder, after, kept.length);
        const clean = new RangeBuilder(0, placeAt(10n), 3_000);
        fill(clean, kept);
        fill(clean, after, kept.length);
        expect(builder.finish(placeAt(100n))).toEqual(clean.finish(placeAt(100n)));
      }),
    );
  });
});
