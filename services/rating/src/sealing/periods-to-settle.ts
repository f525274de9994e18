import type { BillingPeriod } from '@farthing/domain/period/billing-period';
import type { Customer, OpenedPeriod } from '../customers/customer.js';

/** A period that a barrier closes. */
export interface PeriodToSettle {
  readonly customer: Customer;
  readonly bounds: BillingPeriod;
  /** Undefined when nobody has used it. */
  readonly opened: OpenedPeriod | undefined;
  /** Whether a minimum is due without use, too. */
  readonly dueUnused: boolean;
}

/**
 * The customer's periods that end after `sealedBefore`, and at or before `closesBefore`, in order of time: those that
 * were opened, and of a customer that is not closed all that end after it became known. Periods of before that owe
 * nothing unless they were used. The customer's opened periods are loaded.
 */
export function* periodsToSettle(
  customer: Customer,
  closing: { readonly sealedBefore: number | undefined; readonly closesBefore: number },
): Generator<PeriodToSettle> {
  const { facts } = customer;
  if (!facts) return;
  const { sealedBefore = Number.NEGATIVE_INFINITY, closesBefore } = closing;
  const { closed, schedule, knownSince } = facts;
  const dueFrom = closed ? closesBefore : Math.max(sealedBefore, knownSince);
  for (const opened of customer.periods) {
    if (opened.to <= sealedBefore || opened.to > Math.min(dueFrom, closesBefore)) continue;
    yield { customer, bounds: opened, opened, dueUnused: false };
  }
  for (let at = dueFrom; ;) {
    const opened = customer.openedPeriodAt(at);
    const bounds = opened ?? customer.periodOf(schedule, at);
    if (bounds.to > closesBefore) return;
    yield { customer, bounds, opened, dueUnused: true };
    at = bounds.to;
  }
}
