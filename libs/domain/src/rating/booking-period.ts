import type { BillingPeriod } from '../period/billing-period.js';
import type { Micros } from '../period/micros.js';

export interface Booking {
  /** The period whose statement contains the charge. */
  readonly period: BillingPeriod;
  /** Whether that is a later one than the period of use, which makes the charge a late line. */
  readonly late: boolean;
}

/** A period is sealed if and only if it ends at or before what its partition is sealed through. */
export function isSealed(period: BillingPeriod, sealedThrough: Micros | undefined): boolean {
  return sealedThrough !== undefined && period.to <= sealedThrough;
}

const DAY_MICROS = 86_400_000_000;

/**
 * Whether a tenant still takes an event of the period, `acceptLateDays` after its end; always while it is not sealed,
 * and for a tenant that says nothing. `at` is when the log took the event.
 */
export function takesLateEvents(
  period: BillingPeriod,
  sealedThrough: Micros | undefined,
  policy: { readonly acceptLateDays: number | undefined; readonly at: Micros },
): boolean {
  const { acceptLateDays, at } = policy;
  if (acceptLateDays === undefined || !isSealed(period, sealedThrough)) return true;
  return at < period.to + acceptLateDays * DAY_MICROS;
}

/**
 * The usage period or, when that is sealed, the customer's earliest unsealed one: the one that
 * contains the instant up to which everything is sealed. `periodAt` answers the customer's stored
 * bounds where a period was opened.
 */
export function bookingPeriodOf(
  usagePeriod: BillingPeriod,
  sealedThrough: Micros | undefined,
  periodAt: (at: Micros) => BillingPeriod,
): Booking {
  if (sealedThrough === undefined || usagePeriod.to > sealedThrough) {
    return { period: usagePeriod, late: false };
  }
  const period = periodAt(sealedThrough);
  if (isSealed(period, sealedThrough)) throw new Error('the earliest unsealed period is sealed');
  return { period, late: true };
}
