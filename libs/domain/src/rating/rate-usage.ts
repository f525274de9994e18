import type { Micros } from '../period/micros.js';
import type { Quantity } from '../metering/quantity.js';
import type { Accumulator } from './accumulator.js';
import { versionInForce, type BookedPrice, type PricedReading } from './price-book.js';
import { rateReading, type RatedReading, type RateReadingOutcome } from './rate-reading.js';
import { creatorsOf } from './split-charge.js';

/** A use, as the log would carry it. */
export interface MeteredUsage {
  readonly occurredAt: Micros;
  /** Of the customer: prices in others are passed over. */
  readonly currency: string;
  /** One a reading. */
  readonly quantities: readonly Quantity[];
  /** The text of a property that was taken out. */
  readonly propertyOf: (pointer: string) => string | undefined;
}

/** What one price makes of a use. */
export interface RatedUsage {
  readonly booked: BookedPrice;
  readonly meter: string;
  readonly creators: readonly string[];
  readonly reading: RatedReading;
}

export type RateUsageRefusal =
  | 'no_price_in_force'
  | 'no_cell_for_event'
  | 'unlock_not_quotable'
  | 'aggregation_not_quotable'
  | 'earlier_events_not_quotable'
  | Extract<RateReadingOutcome, { readonly outcome: 'refused' }>['reason'];

export type RateUsageOutcome =
  | { readonly outcome: 'rated'; readonly charges: readonly RatedUsage[] }
  | { readonly outcome: 'refused'; readonly reason: RateUsageRefusal };

/**
 * What rating makes of an event with these readings, by the same steps: one charge a price, in the order of
 * `priced`. It moves nothing: `accumulatorOf` says where each price stands.
 */
export function rateUsage(
  priced: readonly PricedReading[],
  usage: MeteredUsage,
  accumulatorOf: (booked: BookedPrice) => Accumulator,
): RateUsageOutcome {
  const charges: RatedUsage[] = [];
  for (const one of priced) {
    const version = versionInForce(one, usage.occurredAt);
    if (!version) return { outcome: 'refused', reason: 'no_price_in_force' };
    const { price } = version;
    // Another version of the key prices another meter, or in another currency.
    if (price.meterKey !== one.meter || price.currency !== usage.currency) continue;
    const booked = version.whole ?? version.cellOf((name) => dimensionOf(one, usage, name));
    if (!booked) return { outcome: 'refused', reason: 'no_cell_for_event' };
    // Which items are open is known to rating alone.
    if (booked.unlock) return { outcome: 'refused', reason: 'unlock_not_quotable' };
    if (one.memory) return { outcome: 'refused', reason: 'aggregation_not_quotable' };
    if (booked.compiled.perEvent?.asksBefore) {
      return { outcome: 'refused', reason: 'earlier_events_not_quotable' };
    }
    const creators = creatorsOf(price.split, usage.propertyOf);
    const { aggregation } = one;
    const quantity = usage.quantities[one.reading]!;
    const reading = rateReading(booked.compiled, accumulatorOf(booked), {
      aggregation,
      quantity,
      creators,
    });
    if (reading.outcome === 'refused') return reading;
    charges.push({ booked, meter: one.meter, creators, reading });
  }
  return { outcome: 'rated', charges };
}

function dimensionOf(
  { dimensions }: PricedReading,
  { propertyOf }: MeteredUsage,
  name: string,
): string | undefined {
  const found = dimensions.find((dimension) => dimension.name === name);
  return found && propertyOf(found.pointer);
}
