import fc from 'fast-check';
import { expect, test } from 'vitest';
import { billingPeriodAt, type BillingSchedule } from '../period/billing-period.js';
import type { Micros } from '../period/micros.js';
import { takesLateEvents, bookingPeriodOf, isSealed } from './booking-period.js';

const DAY = 86_400_000_000;
const SCHEDULE: BillingSchedule = { anchorAt: 0, interval: 'day', timeZone: 'UTC' };
const periodAt = (at: Micros) => billingPeriodAt(SCHEDULE, at);

test.each([
  ['nothing is sealed', undefined, 3, false],
  ['sealed up to the day before', 3 * DAY, 3, false],
  ['sealed into the day, which does not end by then', 4 * DAY - 1, 3, false],
  ['sealed up to its very end', 4 * DAY, 4, true],
  ['sealed into a later day', 6 * DAY + 5, 6, true],
  ['sealed up to the end of a later day', 7 * DAY, 7, true],
])('%s', (_, sealedThrough, day, late) => {
  const period = { from: day * DAY, to: (day + 1) * DAY };
  expect(bookingPeriodOf(periodAt(3 * DAY), sealedThrough, periodAt)).toEqual({ period, late });
});

test('a booking period is never sealed, and is the earliest that is not', () => {
  const instant = fc.integer({ min: 0, max: 400 * DAY });
  fc.assert(
    fc.property(instant, instant, (occurredAt, sealedThrough) => {
      const usagePeriod = periodAt(occurredAt);
      const { period, late } = bookingPeriodOf(usagePeriod, sealedThrough, periodAt);
      expect(isSealed(period, sealedThrough)).toBe(false);
      expect(late).toBe(isSealed(usagePeriod, sealedThrough));
      const before = periodAt(period.from - 1);
      expect(late ? isSealed(before, sealedThrough) : period.from === usagePeriod.from).toBe(true);
    }),
  );
});

test('bounds that do not reach beyond what is sealed are a bug', () => {
  const sealed = { from: 0, to: DAY };
  expect(() => bookingPeriodOf(sealed, DAY, () => sealed)).toThrow('is sealed');
});

test.each([
  ['not sealed', 99, 0, 500, true],
  ['sealed, and the tenant says nothing', 100, undefined, 10 ** 15, true],
  ['sealed, none is taken', 100, 0, 100, false],
  ['sealed, within the days', 100, 2, 100 + 2 * 86_400_000_000 - 1, true],
  ['sealed, when the days have passed', 100, 2, 100 + 2 * 86_400_000_000, false],
] as const)('late events are taken: %s', (_, sealedThrough, acceptLateDays, at, taken) => {
  expect(takesLateEvents({ from: 0, to: 100 }, sealedThrough, { acceptLateDays, at })).toBe(taken);
});
