import { checkMeter } from '../metering/meter.js';
import { isCurrency } from '../money/currency.js';
import { parseMicros, type Micros } from '../period/micros.js';
import { checkSplitRule } from '../pricing/price.js';
import { checkAnyPriceRule, ruleOf } from '../pricing/any-price-rule.js';
import { checkMeterOfModel } from '../pricing/model-meter.js';
import { bookFinding, type BookFinding } from './book-finding.js';
import { lintDimensions } from './lint-dimensions.js';
import { lintTiers } from './lint-tiers.js';
import {
  meterOfBook,
  splitOfShares,
  type BookMeter,
  type BookPrice,
  type PriceBook,
} from './price-book.js';

/**
 * What is wrong or odd with a book, in its order; `now` decides what is in force. Only catalog
 * knows what else it holds, and which fields there are: it may still refuse a book without errors.
 */
export function lintPriceBook(book: PriceBook, now: Micros): BookFinding[] {
  return [...lintMeters(book), ...lintPrices(book, now), ...lintPlans(book)];
}

function lintMeters({ meters }: PriceBook): BookFinding[] {
  return meters.flatMap((meter, at) => [
    ...repeatedKey(meters, at, `/meters/${at}/key`),
    ...checkMeter(meterOfBook(meter)).map(({ reason, pointer }) =>
      bookFinding(reason, `/meters/${at}${pointer.replace(/^\/valuePointer/, '/value')}`),
    ),
  ]);
}

function lintPrices(book: PriceBook, now: Micros): BookFinding[] {
  const meters = new Map(book.meters.map((meter) => [meter.key, meter]));
  const sold = new Set(book.plans.flatMap(({ prices }) => prices));
  const versionsOf = new Map<string, BookPrice[]>();
  for (const price of book.prices) {
    versionsOf.set(price.key, [...(versionsOf.get(price.key) ?? []), price]);
  }
  return book.prices.flatMap((price, at) => {
    const pointer = `/prices/${at}`;
    const versions = versionsOf.get(price.key) ?? [];
    const isFirst = versions[0] === price;
    const meter = meters.get(price.meter);
    const ofModel = [...lintRule(price), ...(meter ? lintMeter(price.model, meter) : [])];
    return [
      ...lintFields(price, pointer),
      ...(meter ? [] : [bookFinding('unknown_meter', `${pointer}/meter`)]),
      ...(isFirst
        ? lintKey(price.key, { versions, sold, now, pointer })
        : lintLaterVersion(price, versions, pointer)),
      ...ofModel.map((found) => ({ ...found, pointer: pointer + found.pointer })),
    ];
  });
}

function lintFields(price: BookPrice, pointer: string): BookFinding[] {
  const instant = parseMicros(price.effectiveFrom);
  return [
    ...(isCurrency(price.currency) ? [] : [bookFinding('unknown_currency', `${pointer}/currency`)]),
    ...(instant.outcome === 'parsed'
      ? []
      : [bookFinding(instant.reason, `${pointer}/effectiveFrom`)]),
    ...checkSplitRule(splitOfShares(price.split ?? [])).map((fault) =>
      bookFinding(fault.reason, pointer + fault.pointer),
    ),
  ];
}

/** What is said once of a key, at its first version. */
function lintKey(
  key: string,
  of: {
    readonly versions: readonly BookPrice[];
    readonly sold: ReadonlySet<string>;
    readonly now: Micros;
    readonly pointer: string;
  },
): BookFinding[] {
  const starts = of.versions.flatMap(({ effectiveFrom }) => instantOf(effectiveFrom) ?? []);
  const isAhead = starts.length > 0 && starts.every((start) => start > of.now);
  return [
    ...(of.sold.has(key) ? [] : [bookFinding('price_in_no_plan', `${of.pointer}/key`)]),
    ...(isAhead ? [bookFinding('not_in_force_yet', `${of.pointer}/effectiveFrom`)] : []),
  ];
}

function lintLaterVersion(
  price: BookPrice,
  versions: readonly BookPrice[],
  pointer: string,
): BookFinding[] {
  const first = versions[0] ?? price;
  const start = instantOf(price.effectiveFrom);
  const earlier = versions.slice(0, versions.indexOf(price));
  const isTaken =
    start !== undefined && earlier.some(({ effectiveFrom }) => instantOf(effectiveFrom) === start);
  return [
    ...(price.meter === first.meter ? [] : [bookFinding('meter_differs', `${pointer}/meter`)]),
    ...(price.currency === first.currency
      ? []
      : [bookFinding('currency_differs', `${pointer}/currency`)]),
    ...(isTaken ? [bookFinding('same_effective_from', `${pointer}/effectiveFrom`)] : []),
  ];
}

/** A file may hold anything: what a check cannot even read is no model. */
function lintRule(price: BookPrice): BookFinding[] {
  const rule = ruleOf(price);
  const numbers = bareNumbers(rule, '');
  if (numbers.length > 0) {
    return numbers.map((pointer) => bookFinding('decimal_not_text', pointer));
  }
  try {
    const faults = checkAnyPriceRule(rule);
    if (faults.length === 0) return lintTiers(rule);
    return faults.map(({ reason, pointer }) => bookFinding(reason, pointer));
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
    return [bookFinding('not_a_price_model', '/model')];
  }
}

/** The only fields of a rule that are counts, and so JSON numbers. */
const COUNTS = new Set(['days', 'freeEvents']);

function bareNumbers(value: unknown, pointer: string): string[] {
  if (typeof value === 'number') return [pointer];
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([name, member]) =>
    COUNTS.has(name) ? [] : bareNumbers(member, `${pointer}/${name}`),
  );
}

function lintMeter(model: BookPrice['model'], meter: BookMeter): BookFinding[] {
  return [
    ...lintDimensions(model, meter),
    ...checkMeterOfModel(model, meter).map(({ reason, pointer }) => bookFinding(reason, pointer)),
  ];
}

function lintPlans({ plans, prices }: PriceBook): BookFinding[] {
  const known = new Set(prices.map(({ key }) => key));
  return plans.flatMap((plan, at) => [
    ...repeatedKey(plans, at, `/plans/${at}/key`),
    ...plan.prices.flatMap((key, index) => {
      const pointer = `/plans/${at}/prices/${index}`;
      return [
        ...(known.has(key) ? [] : [bookFinding('unknown_price', pointer)]),
        ...(plan.prices.indexOf(key) < index ? [bookFinding('price_named_twice', pointer)] : []),
      ];
    }),
  ]);
}

function repeatedKey(
  entries: ReadonlyArray<{ readonly key: string }>,
  at: number,
  pointer: string,
): BookFinding[] {
  const { key } = entries[at] ?? {};
  return entries.findIndex((entry) => entry.key === key) < at
    ? [bookFinding('key_named_twice', pointer)]
    : [];
}

function instantOf(text: string): Micros | undefined {
  const parsed = parseMicros(text);
  return parsed.outcome === 'parsed' ? parsed.micros : undefined;
}
