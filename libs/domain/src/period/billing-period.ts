import { daysInMonth, type Micros } from './micros.js';
import { instantOfWall, wallMicros } from './time-zone.js';

/** A half-open interval `[from, to)` of instants, never empty. */
export interface BillingPeriod {
  readonly from: Micros;
  readonly to: Micros;
}

export type BillingInterval = 'hour' | 'day' | 'week' | 'month' | 'quarter' | 'year';

/** What decides the bounds of a customer's periods. */
export interface BillingSchedule {
  readonly anchorAt: Micros;
  readonly interval: BillingInterval;
  /** IANA name. */
  readonly timeZone: string;
}

const HOUR = 3_600_000_000;
const FIXED = { hour: HOUR, day: 24 * HOUR, week: 7 * 24 * HOUR } as const;
const MONTHS = { month: 1, quarter: 3, year: 12 } as const;

export function isBillingInterval(text: string): text is BillingInterval {
  return Object.hasOwn(FIXED, text) || Object.hasOwn(MONTHS, text);
}

/**
 * The period that an instant lies in. Bounds are `anchor + k × interval` in wall-clock time, each
 * counted from the anchor and never from its neighbour, the day clamped to the month's end: an
 * anchor on 31 January gives 28 February and then 31 March. Periods tile all time, before the
 * anchor too.
 */
export function billingPeriodAt(schedule: BillingSchedule, at: Micros): BillingPeriod {
  const { timeZone } = schedule;
  const anchorWall = wallMicros(schedule.anchorAt, timeZone);
  const bound = (k: number): Micros =>
    instantOfWall(wallBound(anchorWall, schedule.interval, k), timeZone);
  let k = nearestBound(anchorWall, schedule.interval, wallMicros(at, timeZone));
  let from = bound(k);
  while (from > at) from = bound(--k);
  // A clock that was set back shows a time whose bound has passed, so the estimate can be behind.
  let to = bound(k + 1);
  while (to <= at) {
    from = to;
    k += 1;
    to = bound(k + 1);
  }
  return { from, to };
}

function nearestBound(anchorWall: Micros, interval: BillingInterval, wall: Micros): number {
  if (interval === 'hour' || interval === 'day' || interval === 'week') {
    return Math.floor((wall - anchorWall) / FIXED[interval]);
  }
  const anchor = new Date(Math.floor(anchorWall / 1000));
  const date = new Date(Math.floor(wall / 1000));
  const months =
    (date.getUTCFullYear() - anchor.getUTCFullYear()) * 12 +
    (date.getUTCMonth() - anchor.getUTCMonth());
  return Math.floor(months / MONTHS[interval]);
}

function wallBound(anchorWall: Micros, interval: BillingInterval, k: number): Micros {
  if (interval === 'hour' || interval === 'day' || interval === 'week') {
    return anchorWall + k * FIXED[interval];
  }
  const anchor = new Date(Math.floor(anchorWall / 1000));
  const month = anchor.getUTCFullYear() * 12 + anchor.getUTCMonth() + k * MONTHS[interval];
  const year = Math.floor(month / 12);
  const monthOfYear = month - year * 12;
  const day = Math.min(anchor.getUTCDate(), daysInMonth(year, monthOfYear + 1));
  const dayMicros = 24 * HOUR;
  const timeOfDay = anchorWall - Math.floor(anchorWall / dayMicros) * dayMicros;
  return Date.UTC(year, monthOfYear, day) * 1000 + timeOfDay;
}
