import { ChargeKind } from '@farthing/contracts/generated/farthing/rating/v1/rated_pb';
import { expect, it } from 'vitest';
import { charge, FEBRUARY, JANUARY, UNIT } from '../wallets-harness.spec.js';
import { usageMoves } from './usage-to-date.js';

const MOVE = {
  tenant: 'acme',
  customer: 'alice',
  usageFrom: JANUARY,
  usageTo: FEBRUARY,
  price: 'per_read',
  cell: '',
};

it('the last charge of a price says how far it is, and all of them what it cost', () => {
  const charges = [
    charge({ offset: 1n, amountNanos: 10n, quantityAfter: UNIT }),
    charge({ offset: 1n, n: 1, price: 'other', amountNanos: 5n, quantityAfter: 7n * UNIT }),
    charge({ offset: 2n, amountNanos: -3n, quantityAfter: 2n * UNIT }),
  ];
  expect(usageMoves(charges)).toEqual([
    { ...MOVE, quantity: 2n * UNIT, amount: 7n },
    { ...MOVE, price: 'other', quantity: 7n * UNIT, amount: 5n },
  ]);
});

it('keeps customers, tenants, periods and cells apart', () => {
  const cell = '{"format":"video"}';
  const charges = [
    charge({ offset: 1n, amountNanos: 1n }),
    charge({ offset: 2n, amountNanos: 1n, customer: 'bob' }),
    charge({ offset: 3n, amountNanos: 1n, tenant: 'other' }),
    charge({ offset: 4n, amountNanos: 1n, cell }),
    charge({ offset: 5n, amountNanos: 1n, usageFrom: FEBRUARY }),
  ];
  expect(usageMoves(charges)).toHaveLength(5);
});

it('leaves out what a quote made of the cost', () => {
  const charges = [charge({ offset: 1n, amountNanos: 10n, quoteDifferenceNanos: 4n })];
  expect(usageMoves(charges)).toEqual([{ ...MOVE, quantity: UNIT, amount: 6n }]);
});

it('goes down by what is voided and up by what is corrected, and passes over what moves no quantity', () => {
  const kind = ChargeKind.ADJUSTMENT;
  const still = { kind, quantityBefore: UNIT, quantityAfter: UNIT };
  const none = [ChargeKind.ADJUSTMENT, ChargeKind.MINIMUM].map((other) =>
    charge({ ...still, offset: 1n, amountNanos: 10n, kind: other }),
  );
  expect(usageMoves(none)).toEqual([]);
  const moved = charge({
    offset: 1n,
    amountNanos: -10n,
    kind,
    quantityBefore: 2n * UNIT,
    quantityAfter: UNIT,
  });
  expect(usageMoves([moved, ...none])).toEqual([{ ...MOVE, quantity: UNIT, amount: -10n }]);
});
