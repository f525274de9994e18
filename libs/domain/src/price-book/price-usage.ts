import type { Quantity } from '../metering/quantity.js';
import type { Nanos } from '../money/nanos.js';
import { parseMicros, type Micros } from '../period/micros.js';
import { costOf } from '../pricing/cost.js';
import { priceInForce } from '../pricing/price-in-force.js';
import { isCumulative, ruleOf } from '../pricing/any-price-rule.js';
import { compileRule } from '../pricing/price-rule.js';
import { compileSettlement, sealedCost } from '../pricing/settlement.js';
import type { BookPrice, PriceBook } from './price-book.js';

/** The prices of a book that are in force at one instant, ready to price whole months of usage. */
export interface PricedBook {
  /** By plan. */
  readonly plans: ReadonlyMap<string, readonly PricedKey[]>;
  /** Keys whose cost is not decided by the quantity of a month alone, in byte order. */
  readonly notByQuantity: readonly string[];
}

interface PricedKey {
  readonly key: string;
  readonly meter: string;
  readonly currency: string;
  readonly costOf: (quantity: Quantity) => Nanos;
}

/** One customer's usage of a calendar month. */
export interface MonthlyUsage {
  readonly plan: string;
  readonly currency: string;
  /** By meter. */
  readonly quantities: ReadonlyMap<string, Quantity>;
}

/** `book` has no errors. A key without a version in force prices nothing. */
export function compileBook(book: PriceBook, at: Micros): PricedBook {
  const keys = new Map<string, PricedKey | undefined>();
  for (const key of new Set(book.prices.map((price) => price.key))) {
    const versions = book.prices
      .filter((price) => price.key === key)
      // Of those that begin together the last counts.
      .map((price, version) => ({ price, version, effectiveFrom: instantOf(price) }));
    const current = priceInForce(versions, at);
    if (current !== undefined) keys.set(key, pricedKey(current.price));
  }
  const plans = book.plans.map(
    ({ key, prices }) => [key, prices.flatMap((price) => keys.get(price) ?? [])] as const,
  );
  const notByQuantity = [...keys].flatMap(([key, priced]) => (priced === undefined ? [key] : []));
  return { plans: new Map(plans), notByQuantity: notByQuantity.toSorted() };
}

/**
 * What a month of usage costs, in nanos, minimum and maximum included, without the keys that are
 * left out. A meter that was not used costs nothing.
 */
export function priceUsage(
  { plans }: PricedBook,
  { plan, currency, quantities }: MonthlyUsage,
  leftOut: ReadonlySet<string> = new Set(),
): Nanos {
  let sum = 0n;
  for (const price of plans.get(plan) ?? []) {
    const quantity = quantities.get(price.meter);
    if (quantity === undefined || price.currency !== currency || leftOut.has(price.key)) continue;
    sum += price.costOf(quantity);
  }
  return sum;
}

function pricedKey(price: BookPrice): PricedKey | undefined {
  const rule = ruleOf(price);
  if (!isCumulative(rule)) return undefined;
  const model = compileRule(rule);
  const settlement = compileSettlement(rule);
  return {
    key: price.key,
    meter: price.meter,
    currency: price.currency,
    costOf: (quantity) =>
      sealedCost(settlement, { quantity, amountSoFar: costOf(model, quantity) }),
  };
}

function instantOf({ effectiveFrom }: BookPrice): Micros {
  const parsed = parseMicros(effectiveFrom);
  if (parsed.outcome === 'refused') throw new Error(`${effectiveFrom}: ${parsed.reason}`);
  return parsed.micros;
}
