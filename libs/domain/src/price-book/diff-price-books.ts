import { isDeepStrictEqual } from 'node:util';
import { formatMicros, parseMicros } from '../period/micros.js';
import { anyPriceInWords, ruleOf } from '../pricing/any-price-rule.js';
import { unitInWords } from '../pricing/quantity-in-unit.js';
import type { BookMeter, BookPlan, BookPrice, PriceBook } from './price-book.js';

export type BookChange =
  | (Named & { readonly change: 'added'; readonly reading: readonly string[] })
  | (Named & {
      readonly change: 'changed';
      /** In byte order. */
      readonly fields: readonly string[];
      readonly before: readonly string[];
      readonly after: readonly string[];
    })
  | {
      readonly change: 'taken_out_of_plan';
      readonly thing: 'plan';
      readonly key: string;
      readonly price: string;
    }
  /** The book does not have it. Nothing is ever deleted, so it stays as it is. */
  | (Named & { readonly change: 'left_out' });

interface Named {
  readonly thing: 'meter' | 'price' | 'plan';
  readonly key: string;
  /** Of a price, whose key and instant name what applies: UTC with six decimals. */
  readonly effectiveFrom?: string;
}

/** A field that all versions of a key share. */
export interface BookRefusal {
  readonly reason: 'meter_differs' | 'currency_differs' | 'aggregation_differs';
  readonly key: string;
  readonly before: string;
  readonly after: string;
}

export interface BookDiff {
  /** Meters, prices, plans: the order in which they can be made. */
  readonly changes: readonly BookChange[];
  readonly refusals: readonly BookRefusal[];
}

type Fields = Readonly<Record<string, unknown>>;

/**
 * What becomes of `before` when `after` is imported, two books without errors. Entries are compared
 * with their defaults filled in, prices by key and instant: of versions of a key that begin together
 * the last one counts, as it does for rating.
 */
export function diffPriceBooks(before: PriceBook, after: PriceBook): BookDiff {
  return {
    changes: [
      ...compare('meter', named(before.meters, meterEntry), named(after.meters, meterEntry)),
      ...compare('price', named(before.prices, priceEntry), named(after.prices, priceEntry)),
      ...compare('plan', named(before.plans, planEntry), named(after.plans, planEntry)),
      ...takenOut(before.plans, after.plans),
    ],
    refusals: [
      ...meterRefusals(before.meters, after.meters),
      ...priceRefusals(before.prices, after.prices),
    ],
  };
}

/** An entry of a book, with what it does not say filled in. */
interface Entry {
  readonly key: string;
  readonly effectiveFrom?: string;
  readonly fields: Fields;
  readonly reading: readonly string[];
}

function meterEntry(meter: BookMeter): Entry {
  const fields = { ...meter, filter: meter.filter ?? [], dimensions: meter.dimensions ?? [] };
  const counts =
    meter.value === undefined ? meter.aggregation : `${meter.aggregation} of ${meter.value}`;
  const types = meter.eventTypes.join(', ');
  const where = fields.filter.length === 0 ? '' : ` where ${JSON.stringify(fields.filter)}`;
  const by = fields.dimensions.map(({ name, pointer }) => `${name} at ${pointer}`).join(', ');
  return {
    key: meter.key,
    fields,
    reading: [
      `${counts}, of ${types}${where}${by === '' ? '' : `, by ${by}`}.`,
      ...(meter.unit ? [unitInWords(meter.unit)] : []),
    ],
  };
}

function priceEntry(price: BookPrice): Entry {
  const effectiveFrom = instantText(price.effectiveFrom);
  const { taxCategory = 'standard', split = [] } = price;
  const shares = split.map(({ creator, shareBps }) => {
    const who = 'id' in creator ? creator.id : `the creator at ${creator.property}`;
    return `${who} gets ${shareBps} of 10000.`;
  });
  return {
    key: price.key,
    effectiveFrom,
    fields: { ...price, effectiveFrom, taxCategory, split },
    reading: [
      `${price.description}, in ${price.currency} by the meter ${price.meter}, taxed as ${taxCategory}.`,
      ...anyPriceInWords(ruleOf(price)),
      ...shares,
    ],
  };
}

function planEntry(plan: BookPlan): Entry {
  const reading = [plan.prices.length === 0 ? 'No prices.' : `${plan.prices.join(', ')}.`];
  return { key: plan.key, fields: { ...plan }, reading };
}

/** By name; a later entry of the same name replaces an earlier one. */
function named<T>(things: readonly T[], entryOf: (thing: T) => Entry): Map<string, Entry> {
  return new Map(
    things.map((thing) => {
      const entry = entryOf(thing);
      return [`${entry.key} ${entry.effectiveFrom ?? ''}`, entry];
    }),
  );
}

function compare(
  thing: Named['thing'],
  before: ReadonlyMap<string, Entry>,
  after: ReadonlyMap<string, Entry>,
): BookChange[] {
  const changes: BookChange[] = [];
  for (const [name, entry] of after) {
    const old = before.get(name);
    if (old === undefined) {
      changes.push({ ...nameOf(thing, entry), change: 'added', reading: entry.reading });
      continue;
    }
    const fields = differing(old.fields, entry.fields);
    if (fields.length === 0) continue;
    const readings = { before: old.reading, after: entry.reading };
    changes.push({ ...nameOf(thing, entry), change: 'changed', fields, ...readings });
  }
  for (const [name, entry] of before) {
    if (!after.has(name)) changes.push({ ...nameOf(thing, entry), change: 'left_out' });
  }
  return changes;
}

function nameOf(thing: Named['thing'], { key, effectiveFrom }: Entry): Named {
  return { thing, key, ...(effectiveFrom === undefined ? {} : { effectiveFrom }) };
}

function differing(before: Fields, after: Fields): string[] {
  const names = new Set([...Object.keys(before), ...Object.keys(after)]);
  return [...names].filter((name) => !isDeepStrictEqual(before[name], after[name])).toSorted();
}

function takenOut(before: readonly BookPlan[], after: readonly BookPlan[]): BookChange[] {
  const kept = new Map(after.map(({ key, prices }) => [key, new Set(prices)]));
  return before.flatMap(({ key, prices }) => {
    const left = kept.get(key);
    if (left === undefined) return [];
    const gone = prices.filter((price) => !left.has(price));
    return gone.map(
      (price) => ({ change: 'taken_out_of_plan', thing: 'plan', key, price }) as const,
    );
  });
}

function meterRefusals(before: readonly BookMeter[], after: readonly BookMeter[]): BookRefusal[] {
  const known = new Map(before.map((meter) => [meter.key, meter]));
  return after.flatMap(({ key, aggregation }) => {
    const old = known.get(key);
    return old === undefined
      ? []
      : refusal('aggregation_differs', key, [old.aggregation, aggregation]);
  });
}

function priceRefusals(before: readonly BookPrice[], after: readonly BookPrice[]): BookRefusal[] {
  const known = new Map(before.map((price) => [price.key, price]));
  const first = new Map(after.toReversed().map((price) => [price.key, price]));
  return [...first.values()].toReversed().flatMap((price) => {
    const old = known.get(price.key);
    if (old === undefined) return [];
    return [
      ...refusal('meter_differs', price.key, [old.meter, price.meter]),
      ...refusal('currency_differs', price.key, [old.currency, price.currency]),
    ];
  });
}

function refusal(
  reason: BookRefusal['reason'],
  key: string,
  [before, after]: readonly [string, string],
): BookRefusal[] {
  return before === after ? [] : [{ reason, key, before, after }];
}

function instantText(text: string): string {
  const parsed = parseMicros(text);
  if (parsed.outcome === 'refused') throw new Error(`effectiveFrom ${text}: ${parsed.reason}`);
  return formatMicros(parsed.micros);
}
