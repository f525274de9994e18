import type { Meter, MeterUnit } from '../metering/meter.js';
import type { Micros } from '../period/micros.js';
import type { Price, SplitPart } from '../pricing/price.js';
import { ruleOf, type AnyPriceRule } from '../pricing/any-price-rule.js';

/**
 * All that a tenant sells: meters, prices and plans, with the field names of catalog's HTTP
 * documents. Plain data from a file; what a field may hold is for `lintPriceBook` to say.
 */
export interface PriceBook {
  readonly meters: readonly BookMeter[];
  /** Versions of a key are entries with the same `key` and another `effectiveFrom`. */
  readonly prices: readonly BookPrice[];
  readonly plans: readonly BookPlan[];
}

export interface BookMeter {
  readonly key: string;
  readonly eventTypes: Meter['eventTypes'];
  readonly aggregation: Meter['aggregation'];
  /** JSON pointer into `data`. */
  readonly value?: string;
  /** None unless said. */
  readonly filter?: Meter['filter'];
  /** None unless said. */
  readonly dimensions?: Meter['dimensions'];
  /** As it is counted unless said. */
  readonly unit?: MeterUnit;
}

export interface BookPrice extends AnyPriceRule {
  readonly key: string;
  readonly meter: string;
  readonly currency: string;
  /** RFC 3339. */
  readonly effectiveFrom: string;
  readonly description: string;
  /** `standard` unless said. */
  readonly taxCategory?: string;
  /** Nobody unless said. */
  readonly split?: readonly BookShare[];
}

export interface BookShare {
  readonly creator: { readonly id: string } | { readonly property: string };
  readonly shareBps: number;
}

export interface BookPlan {
  readonly key: string;
  /** Price keys. */
  readonly prices: readonly string[];
}

/** The meter of the domain that an entry describes: what the entry does not say is the default. */
export function meterOfBook({ value, filter, dimensions, ...rest }: BookMeter): Meter {
  return {
    tenant: '',
    version: 0,
    ...rest,
    ...(value === undefined ? {} : { valuePointer: value }),
    filter: filter ?? [],
    dimensions: dimensions ?? [],
  };
}

/** The entry that describes a meter of the domain. */
export function bookMeterOf(meter: Omit<Meter, 'tenant' | 'version'>): BookMeter {
  const { key, eventTypes, aggregation, valuePointer, filter, dimensions, unit } = meter;
  return {
    key,
    eventTypes,
    aggregation,
    ...(valuePointer === undefined ? {} : { value: valuePointer }),
    filter,
    dimensions,
    ...(unit === undefined ? {} : { unit }),
  };
}

/** The price of the domain that an entry without faults describes; `effectiveFrom` is its instant, read. */
export function priceOfBook(
  entry: BookPrice,
  as: { readonly tenant: string; readonly version: number; readonly effectiveFrom: Micros },
): Price {
  return {
    ...as,
    key: entry.key,
    meterKey: entry.meter,
    currency: entry.currency,
    ...ruleOf(entry),
    taxCategory: entry.taxCategory ?? 'standard',
    split: splitOfShares(entry.split ?? []),
    description: entry.description,
  };
}

/** The split rule of the domain that shares of a document describe. */
export function splitOfShares(shares: readonly BookShare[]): SplitPart[] {
  return shares.map(({ creator, shareBps }) => ({
    creator:
      'id' in creator
        ? { kind: 'fixed', id: creator.id }
        : { kind: 'property', property: creator.property },
    shareBps,
  }));
}
