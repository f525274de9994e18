import fc from 'fast-check';
import { expect, test } from 'vitest';
import { billingPeriodAt, isBillingInterval, type BillingInterval } from './billing-period.js';
import { formatMicros, parseMicros } from './micros.js';

function at(text: string): number {
  const parsed = parseMicros(text);
  if (parsed.outcome === 'refused') throw new Error(parsed.reason);
  return parsed.micros;
}

function periodOf(
  schedule: { anchor: string; interval: BillingInterval; zone: string },
  instant: string,
): string[] {
  const { anchor, interval, zone } = schedule;
  const period = billingPeriodAt({ anchorAt: at(anchor), interval, timeZone: zone }, at(instant));
  return [formatMicros(period.from), formatMicros(period.to)].map((text) => text.slice(0, 16));
}

test.each([
  [
    '2020-01-01T00:00:00Z',
    'month',
    'UTC',
    '2026-02-14T00:00:00Z',
    '2026-02-01T00:00',
    '2026-03-01T00:00',
  ],
  [
    '2020-01-01T00:00:00Z',
    'month',
    'UTC',
    '2026-03-01T00:00:00Z',
    '2026-03-01T00:00',
    '2026-04-01T00:00',
  ],
  // Clamped to the month's end and counted from the anchor, so that March has its 31st again.
  [
    '2026-01-31T00:00:00Z',
    'month',
    'UTC',
    '2026-02-27T23:59:59Z',
    '2026-01-31T00:00',
    '2026-02-28T00:00',
  ],
  [
    '2026-01-31T00:00:00Z',
    'month',
    'UTC',
    '2026-03-01T00:00:00Z',
    '2026-02-28T00:00',
    '2026-03-31T00:00',
  ],
  [
    '2026-01-31T00:00:00Z',
    'month',
    'UTC',
    '2024-02-29T00:00:00Z',
    '2024-02-29T00:00',
    '2024-03-31T00:00',
  ],
  [
    '2024-02-29T00:00:00Z',
    'year',
    'UTC',
    '2027-06-01T00:00:00Z',
    '2027-02-28T00:00',
    '2028-02-29T00:00',
  ],
  [
    '2025-11-30T08:00:00Z',
    'quarter',
    'UTC',
    '2026-02-28T08:00:00Z',
    '2026-02-28T08:00',
    '2026-05-30T08:00',
  ],
  [
    '2026-01-07T09:00:00Z',
    'week',
    'UTC',
    '2026-01-21T08:59:59Z',
    '2026-01-14T09:00',
    '2026-01-21T09:00',
  ],
  [
    '2026-01-01T00:30:00Z',
    'hour',
    'UTC',
    '2025-12-31T23:45:00Z',
    '2025-12-31T23:30',
    '2026-01-01T00:30',
  ],
  // A Berlin month starts at 23:00 UTC in winter and at 22:00 in summer.
  [
    '2019-12-31T23:00:00Z',
    'month',
    'Europe/Berlin',
    '2026-03-31T21:59:59Z',
    '2026-02-28T23:00',
    '2026-03-31T22:00',
  ],
  [
    '2019-12-31T23:00:00Z',
    'month',
    'Europe/Berlin',
    '2026-03-31T22:00:00Z',
    '2026-03-31T22:00',
    '2026-04-30T22:00',
  ],
  // The days of the two changes have 23 and 25 hours.
  [
    '2019-12-31T23:00:00Z',
    'day',
    'Europe/Berlin',
    '2026-03-29T12:00:00Z',
    '2026-03-28T23:00',
    '2026-03-29T22:00',
  ],
  [
    '2019-12-31T23:00:00Z',
    'day',
    'Europe/Berlin',
    '2026-10-25T12:00:00Z',
    '2026-10-24T22:00',
    '2026-10-25T23:00',
  ],
  // 02:30 is skipped on 29 March and moves to 03:00.
  [
    '2026-01-01T01:30:00Z',
    'day',
    'Europe/Berlin',
    '2026-03-29T01:00:00Z',
    '2026-03-29T01:00',
    '2026-03-30T00:30',
  ],
  // 02:30 is repeated on 25 October and is the earlier.
  [
    '2026-01-01T01:30:00Z',
    'day',
    'Europe/Berlin',
    '2026-10-25T01:30:00Z',
    '2026-10-25T00:30',
    '2026-10-26T01:30',
  ],
  // The skipped hour is no period, and the repeated one is a period of two hours.
  [
    '2026-01-01T00:00:00Z',
    'hour',
    'Europe/Berlin',
    '2026-03-29T01:00:00Z',
    '2026-03-29T01:00',
    '2026-03-29T02:00',
  ],
  [
    '2026-01-01T00:00:00Z',
    'hour',
    'Europe/Berlin',
    '2026-10-25T01:30:00Z',
    '2026-10-25T00:00',
    '2026-10-25T02:00',
  ],
  // Casey turned its clocks back by three hours: the periods of the repeated ones belong to one.
  [
    '2010-01-01T00:00:00Z',
    'hour',
    'Antarctica/Casey',
    '2010-03-04T15:15:00Z',
    '2010-03-04T14:00',
    '2010-03-04T18:00',
  ],
] as const)(
  'anchor %s, each %s in %s: %s lies in %s to %s',
  (anchor, interval, zone, instant, from, to) => {
    expect(periodOf({ anchor, interval, zone }, instant)).toEqual([from, to]);
  },
);

test(
  'periods tile time in every zone and interval: no instant in two, none in none',
  { timeout: 60_000 },
  () => {
    const zone = fc.constantFrom('UTC', ...Intl.supportedValuesOf('timeZone'));
    const interval = fc.constantFrom<BillingInterval>(
      'hour',
      'day',
      'week',
      'month',
      'quarter',
      'year',
    );
    const instant = fc.integer({
      min: at('2000-01-01T00:00:00Z'),
      max: at('2040-01-01T00:00:00Z'),
    });
    // As often as not on a day that not every month has.
    const lateDay = fc
      .tuple(fc.constantFrom(29, 30, 31), fc.nat(11), fc.nat(86_399))
      .map(([day, month, second]) => Date.UTC(2024, month, day, 0, 0, second) * 1_000);
    fc.assert(
      fc.property(
        zone,
        interval,
        fc.oneof(instant, lateDay),
        instant,
        (timeZone, chosen, anchorAt, moment) => {
          const schedule = { anchorAt, interval: chosen, timeZone };
          const period = billingPeriodAt(schedule, moment);
          expect(period.from <= moment && moment < period.to).toBe(true);
          expect(billingPeriodAt(schedule, period.from)).toEqual(period);
          expect(billingPeriodAt(schedule, period.to - 1)).toEqual(period);
          expect(billingPeriodAt(schedule, period.to).from).toBe(period.to);
          expect(billingPeriodAt(schedule, period.from - 1).to).toBe(period.from);
        },
      ),
      { numRuns: 10_000 },
    );
  },
);

test('months from the 31st in New York: two changes of the clock, a February, no gap', () => {
  const anchor = '2025-08-31T04:00:00Z';
  const schedule = {
    anchorAt: at(anchor),
    interval: 'month',
    timeZone: 'America/New_York',
  } as const;
  const bounds = [anchor];
  for (let k = 0; k < 13; k++) {
    const period = billingPeriodAt(schedule, at(bounds.at(-1)!));
    expect(formatMicros(period.from).slice(0, 16)).toBe(bounds.at(-1)!.slice(0, 16));
    bounds.push(formatMicros(period.to));
  }
  expect(bounds.map((text) => text.slice(0, 16))).toEqual([
    '2025-08-31T04:00',
    '2025-09-30T04:00',
    '2025-10-31T04:00',
    // Winter time since 2 November.
    '2025-11-30T05:00',
    '2025-12-31T05:00',
    '2026-01-31T05:00',
    '2026-02-28T05:00',
    // Summer time since 8 March.
    '2026-03-31T04:00',
    '2026-04-30T04:00',
    '2026-05-31T04:00',
    '2026-06-30T04:00',
    '2026-07-31T04:00',
    '2026-08-31T04:00',
    '2026-09-30T04:00',
  ]);
});

test('walking through the changes of a year, period by period, leaves no gap', () => {
  for (const timeZone of ['Europe/Berlin', 'Australia/Lord_Howe', 'America/New_York']) {
    for (const interval of ['hour', 'day'] as const) {
      const schedule = { anchorAt: at('2026-01-01T02:15:00Z'), interval, timeZone };
      for (const month of [
        '2026-03-05',
        '2026-03-27',
        '2026-04-03',
        '2026-10-02',
        '2026-10-23',
        '2026-10-30',
      ]) {
        let period = billingPeriodAt(schedule, at(`${month}T00:00:00Z`));
        for (let step = 0; step < 72; step++) {
          const next = billingPeriodAt(schedule, period.to);
          expect(next.from).toBe(period.to);
          expect(next.to).toBeGreaterThan(next.from);
          period = next;
        }
      }
    }
  }
});

test('the intervals are the six that periods have', () => {
  expect(['hour', 'day', 'week', 'month', 'quarter', 'year'].every(isBillingInterval)).toBe(true);
  expect(['minute', 'toString', ''].some(isBillingInterval)).toBe(false);
});
