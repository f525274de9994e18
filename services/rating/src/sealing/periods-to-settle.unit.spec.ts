import { expect, test } from 'vitest';
import { Customer } from '../customers/customer.js';
import { periodsToSettle } from './periods-to-settle.js';

const month = (number: number): number => Date.UTC(2026, number - 1) * 1_000;
const MONTHLY = { timeZone: 'UTC', anchorAt: month(1), interval: 'month' } as const;
const DAY = 86_400_000_000;

function customer(closed: boolean, opened: readonly number[]): Customer {
  const facts = {
    version: 1,
    plan: 'p',
    currency: 'USD',
    priceOverrides: [],
    schedule: MONTHLY,
    funding: 'postpaid',
    closed,
    knownSince: month(5) + DAY,
  } as const;
  const periods = opened.map((number) => ({ from: month(number), to: month(number + 1) }));
  return new Customer('acme', 'ann', 1, { facts, periods });
}

test.each<[string, readonly number[], number | undefined, number, string[]]>([
  ['of who used nothing from the first on', [], undefined, 8, ['5!', '6!', '7!']],
  ['only what ended', [], undefined, 5.5, []],
  ['since the last barrier', [5, 6], 7, 9, ['7!', '8!']],
  ['of before who was known only if opened', [3, 6], undefined, 8, ['3', '5!', '6!', '7!']],
  ['and sealed not', [3], 4, 6, ['5!']],
  ['nothing twice', [5], 6, 6, []],
])('periods to settle %s', (_, opened, sealed, through, expected) => {
  const closing = {
    sealedBefore: sealed === undefined ? undefined : month(sealed),
    closesBefore: month(Math.floor(through)) + (through % 1) * 30 * DAY,
  };
  const found = [...periodsToSettle(customer(false, opened), closing)];
  expect(
    found.map(({ bounds, dueUnused }) => {
      const number = new Date(bounds.from / 1_000).getUTCMonth() + 1;
      return `${number}${dueUnused ? '!' : ''}`;
    }),
  ).toEqual(expected);
  expect(found.map(({ opened: period }) => period !== undefined)).toEqual(
    found.map(({ bounds }) => opened.some((number) => month(number) === bounds.from)),
  );
});

test('a closed customer owes for what it opened, and for nothing else', () => {
  const closing = { sealedBefore: undefined, closesBefore: month(9) };
  const found = [...periodsToSettle(customer(true, [6, 10]), closing)];
  expect(found).toMatchObject([{ bounds: { from: month(6) }, dueUnused: false }]);
  expect(found).toHaveLength(1);
});

test('periods are cut beside those that keep their bounds when the anchor moves', () => {
  const moved = customer(false, [5]);
  moved.facts = { ...moved.facts!, schedule: { ...MONTHLY, anchorAt: month(1) + 14 * DAY } };
  const closing = { sealedBefore: month(6), closesBefore: month(8) };
  const found = [...periodsToSettle(moved, closing)].map(({ bounds }) => bounds);
  expect(found).toEqual([
    { from: month(6), to: month(6) + 14 * DAY },
    { from: month(6) + 14 * DAY, to: month(7) + 14 * DAY },
  ]);
});
