import { ratedChargesBytesMax } from '@farthing/contracts/wire/rated-charge-columns';
import { bookingPeriodOf } from '@farthing/domain/rating/booking-period';
import type { BillingPeriod } from '@farthing/domain/period/billing-period';
import type { Charge } from '../charges/charge.js';
import { priceOf } from '../charges/charge-row.js';
import type { RatingWork } from '../rate-batch/apply-events.js';
import { Effects } from '../rate-batch/effects.js';
import { saveEffects } from '../rate-batch/save-effects.js';
import { adjustmentCharge, type Adjustment } from './adjustment.js';

/** What the adjustments of one control record made, to be stored with what else it changed. */
export interface AdjustedRecord {
  readonly offset: bigint;
  readonly adjustments: readonly Adjustment[];
  /** Does what else the record changes, such as moving accumulators, with the same effects. */
  readonly also?: (effects: Effects) => void;
}

/**
 * Makes the charges of a control record that corrects others, in the order in which it lists them, and stores them.
 * The customers of the originals must be loaded. Each is booked where its original was or, when that period is sealed,
 * in the customer's earliest unsealed one.
 */
export async function applyAdjustments(
  work: RatingWork,
  { offset, adjustments, also }: AdjustedRecord,
): Promise<Effects> {
  const effects = new Effects(work.partition, work.ranges);
  also?.(effects);
  const charges = adjustments.map((adjustment, n) => {
    const booking = bookingOf(work, adjustment, effects);
    return adjustmentCharge(adjustment, { offset, n, booking }, (row) =>
      priceOf(row, work.context.view),
    );
  });
  effects.ranges.enter(offset, 0, bytesMaxOf(charges));
  for (const charge of charges) effects.addCharge(charge);
  // Nothing was awaited since the first charge was added, see `ChargeEncoder`.
  const chargeRows = effects.takeChargeRows();
  await saveEffects(work.tx, effects, { ...work, chargeRows });
  effects.saved();
  work.state.tallies.addAll(effects.tallies);
  return effects;
}

function bookingOf(
  work: RatingWork,
  { original, replaced }: Adjustment,
  effects: Effects,
): BillingPeriod {
  const customer = work.state.customerOf(original.tenant, original.customer);
  // A use that moves to another period is booked there.
  const booked =
    replaced && replaced.usage.from !== Number(original.usage_from)
      ? replaced.usage
      : { from: Number(original.booking_from), to: Number(original.booking_to) };
  const sealedThrough = work.state.sealedThrough.get(original.tenant);
  const { period } = bookingPeriodOf(booked, sealedThrough, (at) => {
    const opened = customer.openedPeriodAt(at);
    if (opened) return opened;
    const fresh = customer.open(customer.periodOf(customer.facts!.schedule, at));
    effects.opened.push({ customer, period: fresh });
    return fresh;
  });
  return period;
}

function bytesMaxOf(charges: readonly Charge[]): number {
  let shares = 0;
  let textLength = 0;
  for (const charge of charges) {
    shares += charge.shares.length;
    for (const text of textsOf(charge)) textLength += text.length;
  }
  return ratedChargesBytesMax(charges.length, { shares, textLength });
}

function textsOf(charge: Charge): string[] {
  const { tenant, customer, currency, corrects, source, eventId, type, meter, price, cell } =
    charge;
  const creators = charge.shares.map(({ creator }) => creator);
  return [
    tenant,
    customer,
    currency,
    corrects,
    source,
    eventId,
    type,
    meter,
    price,
    cell,
    ...creators,
  ];
}
