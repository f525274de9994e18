import type { Quantity } from '../metering/quantity.js';
import type { Nanos } from '../money/nanos.js';
import { parseMicros, type Micros } from '../period/micros.js';
import { costOf } from '../pricing/cost.js';
import { priceInForce } from '../pricing/price-in-force.js';
import { keysWithOverrides, type OverridingPrice } from '../pricing/price-overrides.js';
import { isCumulative, ruleOf } from '../pricing/any-price-rule.js';
import { compileRule } from '../pricing/price-rule.js';
import { compileSettlement, sealedCost } from '../pricing/settlement.js';
import type { BookPrice, PriceBook } from './price-book.js';

/** The prices of a book that are in force at one instant, ready to price whole months of usage. */
export interface PricedBook {
  /** Price keys by plan. */
  readonly plans: ReadonlyMap<string, readonly string[]>;
  /** By price key. */
  readonly keys: ReadonlyMap<string, PricedKey>;
  /** By price key, what all its versions price. */
  readonly versions: ReadonlyMap<string, readonly OverridingPrice[]>;
  /** Keys whose cost is not decided by the quantity of a month alone, in byte order. */
  readonly notByQuantity: readonly string[];
}

interface PricedKey {
  readonly meter: string;
  readonly currency: string;
  readonly costOf: (quantity: Quantity) => Nanos;
}

/** One customer's usage of a calendar month. */
export interface MonthlyUsage {
  readonly plan: string;
  readonly currency: string;
  /** Price keys in place of what the plan has for their meters. */
  readonly priceOverrides: readonly string[];
  /** By meter. */
  readonly quantities: ReadonlyMap<string, Quantity>;
}

/** `book` has no errors. A key without a version in force prices nothing. */
export function compileBook(book: PriceBook, at: Micros): PricedBook {
  const keys = new Map<string, PricedKey>();
  const notByQuantity: string[] = [];
  const overriding = new Map<string, readonly OverridingPrice[]>();
  for (const key of new Set(book.prices.map((price) => price.key))) {
    const versions = book.prices
      .filter((price) => price.key === key)
      // Of those that begin together the last counts.
      .map((price, version) => ({ price, version, effectiveFrom: instantOf(price) }));
    const { meter: meterKey, currency } = versions[0]!.price;
    overriding.set(key, [{ meterKey, currency }]);
    const current = priceInForce(versions, at);
    if (current === undefined) continue;
    const priced = pricedKey(current.price);
    if (priced === undefined) notByQuantity.push(key);
    else keys.set(key, priced);
  }
  const plans = new Map(book.plans.map(({ key, prices }) => [key, prices]));
  return { plans, keys, versions: overriding, notByQuantity: notByQuantity.toSorted() };
}

/**
 * What a month of usage costs, in nanos, minimum and maximum included, without the keys that are
 * left out. A meter that was not used costs nothing.
 */
export function priceUsage(
  { plans, keys, versions }: PricedBook,
  { plan, currency, priceOverrides, quantities }: MonthlyUsage,
  leftOut: ReadonlySet<string> = new Set(),
): Nanos {
  let sum = 0n;
  const planKeys = plans.get(plan);
  if (!planKeys) return sum;
  const terms = { priceOverrides, currency };
  for (const key of keysWithOverrides(planKeys, terms, (price) => versions.get(price) ?? [])) {
    const price = keys.get(key);
    const quantity = price && quantities.get(price.meter);
    if (quantity === undefined || price?.currency !== currency || leftOut.has(key)) continue;
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
