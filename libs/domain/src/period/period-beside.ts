import { billingPeriodAt, type BillingPeriod, type BillingSchedule } from './billing-period.js';
import type { Micros } from './micros.js';

/**
 * The period of an instant that lies in none of the opened ones: by the schedule, cut where opened periods stand.
 * Those keep their bounds when anchor, zone or interval change, so a change takes effect where the last opened period
 * ends, and a short period leads to the first new bound.
 */
export function periodBeside(
  opened: readonly BillingPeriod[],
  schedule: BillingSchedule,
  at: Micros,
): BillingPeriod {
  let { from, to } = billingPeriodAt(schedule, at);
  for (const period of opened) {
    if (period.to <= at && period.to > from) from = period.to;
    if (period.from > at && period.from < to) to = period.from;
  }
  return { from, to };
}
