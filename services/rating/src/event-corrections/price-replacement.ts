import type { EnvelopeColumns } from '@farthing/contracts/wire/envelope-columns';
import type { Quantity } from '@farthing/domain/metering/quantity';
import type { Micros } from '@farthing/domain/period/micros';
import {
  versionInForce,
  type BookedPrice,
  type PricedReading,
} from '@farthing/domain/rating/price-book';
import { creatorsOf } from '@farthing/domain/rating/split-charge';
import { termsOf } from '../customers/priced-terms.js';
import type { Customer } from '../customers/customer.js';
import { countedDigest } from '../rate-batch/event-values.js';
import type { RatingContext } from '../rate-batch/rating-context.js';
import { dimensionOf, propertyOf } from '../rate-batch/logged-envelope.js';
import type { Refusal } from '../rate-batch/refusals.js';

/** One price of a use that replaces another, before anything is accumulated. */
export interface PricedUse {
  readonly booked: BookedPrice;
  readonly priced: PricedReading;
  readonly quantity: Quantity;
  readonly creators: readonly string[];
  /** Which item it uses, under an unlock. */
  readonly item: string | undefined;
  /** Of the value that a meter of distinct values counts. */
  readonly digest: string | undefined;
}

export type PriceReplacementOutcome =
  | { readonly outcome: 'priced'; readonly uses: readonly PricedUse[] }
  | { readonly outcome: 'refused'; readonly reason: Refusal };

/**
 * By the customer's plan of now, as any event that comes now, at the catalog version that it was metered by. In the
 * order of an event's charges. What no price of the plan charges is left out: it is not counted as unpriced usage.
 */
export function priceReplacement(
  { book }: RatingContext,
  use: {
    readonly customer: Customer;
    readonly columns: EnvelopeColumns;
    readonly occurredAt: Micros;
    /** Of the charges that are corrected. */
    readonly currency: string;
  },
): PriceReplacementOutcome {
  const { customer, columns, occurredAt, currency } = use;
  const { tenant, facts } = customer;
  if (!facts || facts.plan === '') return refused('customer_without_plan');
  const plan = book.plan({ ...termsOf(tenant, facts), currency }, columns.catalogVersion);
  if (!plan) return refused('unknown_plan');
  const meters = Array.from(columns.readingMeters, (at) => columns.strings[at]!);
  const uses: PricedUse[] = [];
  for (const priced of plan.of(meters).priced) {
    const version = versionInForce(priced, occurredAt);
    if (!version) return refused('no_price_in_force');
    const { price } = version;
    if (price.meterKey !== priced.meter || price.currency !== currency) continue;
    const dimension = (name: string) => dimensionOf(columns, 0, [priced.dimensions, name]);
    const booked = version.whole ?? version.cellOf(dimension);
    if (!booked) return refused('no_cell_for_event');
    const item = booked.unlock && dimension(booked.unlock.item);
    if (booked.unlock && item === undefined) return refused('no_item_on_event');
    const creators = creatorsOf(price.split, (pointer) => propertyOf(columns, 0, pointer));
    const quantity = columns.readingQuantities[priced.reading]!;
    const { memory } = priced;
    const digest =
      memory?.kind === 'unique' ? countedDigest(columns, 0, memory.valuePointer) : undefined;
    uses.push({ booked, priced, quantity, creators, item, digest });
  }
  return { outcome: 'priced', uses };
}

function refused(reason: Refusal): PriceReplacementOutcome {
  return { outcome: 'refused', reason };
}
