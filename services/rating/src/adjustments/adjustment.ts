import { ChargeKind } from '@farthing/contracts/generated/farthing/rating/v1/rated_pb';
import type { Nanos } from '@farthing/domain/money/nanos';
import type { Quantity } from '@farthing/domain/metering/quantity';
import type { BillingPeriod } from '@farthing/domain/period/billing-period';
import type { Micros } from '@farthing/domain/period/micros';
import type { PricedBefore } from '@farthing/domain/pricing/compiled-event-price';
import type { Price } from '@farthing/domain/pricing/price';
import { splitCharge } from '@farthing/domain/rating/split-charge';
import { NO_BODY, type Charge } from '../charges/charge.js';
import { creatorsFromColumn, idOfRow, type ChargeRow } from '../charges/charge-row.js';
import { usageMonthOf } from '../rate-batch/usage-month.js';
import type { StoredCharge } from './stored-charges.repository.js';

/** What a charge is corrected by. */
export interface Adjustment {
  readonly original: StoredCharge;
  /** What the charge that corrects it comes to; negative for what is given back. */
  readonly amountNanos: Nanos;
  /** What of that takes back what a quote made of the use. */
  readonly quoteDifferenceNanos?: Nanos;
  /** How it moved the accumulator. Absent when it did not: then both are the quantity after the original. */
  readonly quantities?: { readonly before: Quantity; readonly after: Quantity };
  /** Under another price version than the original's; its creators by part of that version's split rule. */
  readonly repriced?: {
    readonly price: Price;
    readonly number: number;
    readonly creators: readonly string[];
  };
  /** What the price asked of the events before, if it asks. */
  readonly pricedBefore?: PricedBefore | undefined;
  /** Of another use than the original's: one that replaces it. */
  readonly replaced?: {
    readonly meter: string;
    /** '' for a price without cells. */
    readonly cell: string;
    readonly occurredAt: Micros;
    readonly usage: BillingPeriod;
  };
  /** The charge that it corrects, where that is not `original`: one of several that came of one charge. */
  readonly corrects?: string;
}

/** Where an adjustment stands, and where it is booked. */
export interface AdjustmentPlace {
  readonly offset: bigint;
  /** Its number among the adjustments of the control record. */
  readonly n: number;
  readonly booking: BillingPeriod;
}

/**
 * The charge that corrects another: of the same event, price, cell and usage period, with an amount of its own that is
 * shared by the price version's split rule. Splitting is symmetric, so the amount of the original with the other sign
 * gives back just what each creator got. It has no body hash: it is no event.
 */
export function adjustmentCharge(
  adjustment: Adjustment,
  { offset, n, booking }: AdjustmentPlace,
  priceOfOriginal: (original: ChargeRow) => Price,
): Charge {
  const { original, amountNanos, quantities, repriced, replaced } = adjustment;
  const { quoteDifferenceNanos = 0n, pricedBefore, corrects } = adjustment;
  const price = repriced?.price ?? priceOfOriginal(original);
  const creators = repriced?.creators ?? creatorsFromColumn(original.creators);
  const standing = BigInt(original.quantity_after);
  return {
    offset,
    index: 0,
    n,
    tenant: original.tenant,
    customer: original.customer,
    currency: original.currency,
    kind: ChargeKind.ADJUSTMENT,
    corrects: corrects ?? idOfRow(original),
    source: original.source,
    eventId: original.event_id,
    type: original.type,
    meter: replaced?.meter ?? original.meter,
    price: price.key,
    priceVersion: price.version,
    cell: replaced?.cell ?? original.cell ?? '',
    occurredAt: replaced?.occurredAt ?? Number(original.occurred_at),
    usageFrom: replaced?.usage.from ?? Number(original.usage_from),
    usageTo: replaced?.usage.to ?? Number(original.usage_to),
    bookingFrom: booking.from,
    bookingTo: booking.to,
    quantityBefore: quantities?.before ?? standing,
    quantityAfter: quantities?.after ?? standing,
    amountNanos,
    quoteDifferenceNanos,
    isQuoted: quoteDifferenceNanos !== 0n,
    bodyHash: NO_BODY,
    shares: splitCharge(price.split, creators, amountNanos).shares,
    creators,
    pricedBefore,
    usageMonth: replaced ? usageMonthOf(replaced.occurredAt) : original.usage_month,
    tenantNumber: original.tenant_number,
    customerNumber: original.customer_number,
    priceNumber: repriced?.number ?? original.price_number,
    sourceNumber: original.source_number,
  };
}
