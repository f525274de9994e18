import { parseMicros } from '../period/micros.js';
import type { PriceBook } from './price-book.js';

/** What the catalog is once `after` is imported into `before`: what it leaves out stays. */
export function mergePriceBooks(before: PriceBook, after: PriceBook): PriceBook {
  return {
    meters: merge(before.meters, after.meters, keyOf),
    prices: merge(before.prices, after.prices, ({ key, effectiveFrom }) => {
      const parsed = parseMicros(effectiveFrom);
      return `${key} ${parsed.outcome === 'parsed' ? parsed.micros : effectiveFrom}`;
    }),
    plans: merge(before.plans, after.plans, keyOf),
  };
}

function keyOf({ key }: { readonly key: string }): string {
  return key;
}

function merge<T>(before: readonly T[], after: readonly T[], nameOf: (thing: T) => string): T[] {
  return [...new Map([...before, ...after].map((thing) => [nameOf(thing), thing])).values()];
}
