import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { BillingInterval, BillingPeriod, BillingSchedule } from './billing-period.js';
import { periodBeside } from './period-beside.js';

const utc = (year: number, month: number, day: number, hour = 0) =>
  Date.UTC(year, month - 1, day, hour) * 1_000;

function scheduleOf(
  anchorAt: number,
  interval: BillingInterval = 'month',
  timeZone = 'UTC',
): BillingSchedule {
  return { anchorAt, interval, timeZone };
}

test('without opened periods it is the schedule that decides', () => {
  expect(periodBeside([], scheduleOf(utc(2020, 1, 1)), utc(2026, 8, 20))).toEqual({
    from: utc(2026, 8, 1),
    to: utc(2026, 9, 1),
  });
});

test('a new anchor takes effect where the last opened period ends, by a short one', () => {
  const august = { from: utc(2026, 8, 1), to: utc(2026, 9, 1) };
  const fifteenth = scheduleOf(utc(2026, 1, 15));
  const short = periodBeside([august], fifteenth, utc(2026, 9, 3));
  expect(short).toEqual({ from: utc(2026, 9, 1), to: utc(2026, 9, 15) });
  expect(periodBeside([august, short], fifteenth, utc(2026, 9, 15))).toEqual({
    from: utc(2026, 9, 15),
    to: utc(2026, 10, 15),
  });
});

test('a new zone does, too: four hours lead to midnight in New York', () => {
  const august = { from: utc(2026, 8, 1), to: utc(2026, 9, 1) };
  const newYork = scheduleOf(utc(2020, 1, 1, 5), 'month', 'America/New_York');
  expect(periodBeside([august], newYork, utc(2026, 9, 1))).toEqual({
    from: utc(2026, 9, 1),
    to: utc(2026, 9, 1, 4),
  });
});

test('what is late lies before what was opened, and ends where that begins', () => {
  const opened = { from: utc(2026, 8, 10), to: utc(2026, 9, 10) };
  expect(periodBeside([opened], scheduleOf(utc(2020, 1, 1)), utc(2026, 8, 5))).toEqual({
    from: utc(2026, 8, 1),
    to: utc(2026, 8, 10),
  });
});

test('whatever the schedule was changed to, no instant is in two opened periods or none', () => {
  const change = fc.record({
    anchorAt: fc.integer({ min: utc(2019, 1, 1), max: utc(2027, 1, 1) }),
    interval: fc.constantFrom<BillingInterval>('day', 'week', 'month', 'quarter'),
    timeZone: fc.constantFrom('UTC', 'America/New_York', 'Pacific/Apia', 'Australia/Lord_Howe'),
  });
  const instant = fc.integer({ min: utc(2026, 1, 1), max: utc(2026, 7, 1) });
  fc.assert(
    fc.property(fc.array(fc.tuple(change, instant), { minLength: 1, maxLength: 8 }), (uses) => {
      const opened: BillingPeriod[] = [];
      for (const [schedule, at] of uses) {
        if (opened.some(({ from, to }) => at >= from && at < to)) continue;
        const period = periodBeside(opened, schedule, at);
        expect(at >= period.from && at < period.to).toBe(true);
        expect(opened.every(({ from, to }) => to <= period.from || from >= period.to)).toBe(true);
        opened.push(period);
      }
    }),
    { numRuns: 2_000 },
  );
});
