import fc from 'fast-check';
import { expect, test } from 'vitest';
import { ONE } from '../metering/quantity.js';
import {
  checkUnlockPrice,
  checkUnlockRule,
  unlockedItemPrice,
  unlockItem,
  type UnlockPrice,
} from './unlock-price.js';

const DAY = 86_400_000_000;
const ever: UnlockPrice = { kind: 'unlock', item: 'article', unitPrice: '0.2' };
const month: UnlockPrice = { ...ever, days: 30 };
test.each<[string, UnlockPrice, number | undefined, number, 'unlocked' | 'open']>([
  ['the first use', ever, undefined, 5, 'unlocked'],
  ['any later use', ever, 5, 400 * DAY, 'open'],
  ['the same instant', month, 5, 5, 'open'],
  ['the last instant of the days', month, 5, 30 * DAY + 4, 'open'],
  ['their end', month, 5, 30 * DAY + 5, 'unlocked'],
  ['after it', month, 5, 30 * DAY + 6, 'unlocked'],
  ['use before the unlock that comes late', month, 5 * DAY, 0, 'open'],
])('%s', (_, price, unlockedAt, occurredAt, outcome) => {
  expect(unlockItem(price, unlockedAt, occurredAt)).toEqual({
    outcome,
    quantity: outcome === 'open' ? 0n : ONE,
    unlockedAt: outcome === 'open' ? unlockedAt : occurredAt,
  });
});

test.each<[string, string, UnlockPrice]>([
  ['negative_price', '/unitPrice', { ...ever, unitPrice: '-1' }],
  ['days_out_of_range', '/days', { ...ever, days: 0 }],
  ['days_out_of_range', '/days', { ...ever, days: 1.5 }],
  ['days_out_of_range', '/days', { ...ever, days: 36_501 }],
])('%s at %s is found', (reason, pointer, price) => {
  expect(checkUnlockPrice(price)).toEqual([{ reason, pointer }]);
});

test('a sound price has no fault, and costs its price an item', () => {
  expect(checkUnlockPrice({ ...ever, days: 36_500 })).toEqual([]);
  expect(unlockedItemPrice(ever)).toEqual({ kind: 'per_unit', unitPrice: '0.2' });
});

test.each<[string, string, Parameters<typeof checkUnlockRule>[1]]>([
  ['transform_with_unlock', '/transform', { transform: { divideBy: '2', round: 'up' } }],
  ['not_a_whole_number', '/freeQuantity', { freeQuantity: '1.5' }],
])('%s at %s is found in its rule', (reason, pointer, around) => {
  expect(checkUnlockRule(ever, around)).toEqual([{ reason, pointer }]);
});

test('free items and a maximum surround an unlock without a fault, and its own faults have their place', () => {
  expect(checkUnlockRule(month, { freeQuantity: '3', maximum: '5' })).toEqual([]);
  expect(checkUnlockRule({ ...ever, unitPrice: '-1' }, {})).toEqual([
    { reason: 'negative_price', pointer: '/model/unitPrice' },
  ]);
});

test('in order, two unlocks are never closer than the days, and no use is outside of one', () => {
  const uses = fc.array(fc.nat(200 * DAY), { maxLength: 12 });
  fc.assert(
    fc.property(uses, fc.integer({ min: 1, max: 60 }), (some, days) => {
      let unlockedAt: number | undefined;
      for (const occurredAt of some.toSorted((a, b) => a - b)) {
        const step = unlockItem({ ...ever, days }, unlockedAt, occurredAt);
        if (step.outcome === 'unlocked' && unlockedAt !== undefined) {
          expect(occurredAt - unlockedAt).toBeGreaterThanOrEqual(days * DAY);
        }
        expect(occurredAt < step.unlockedAt + days * DAY).toBe(true);
        ({ unlockedAt } = step);
      }
    }),
    { numRuns: 10_000 },
  );
});
