import type { Aggregation, Meter, MeterDimension } from '../metering/meter.js';
import { compileMatrixPrice } from '../pricing/matrix-price.js';
import { priceInForce } from '../pricing/price-in-force.js';
import { keysWithOverrides } from '../pricing/price-overrides.js';
import type { Price } from '../pricing/price.js';
import { compileSettlement, isSettled, type CompiledSettlement } from '../pricing/settlement.js';
import type { UnlockPrice } from '../pricing/unlock-price.js';
import { compilePrice, type CompiledPrice } from './rate-reading.js';

/** What of the catalog prices are looked up in, always at a catalog version. */
export interface PriceCatalog {
  planAt(
    tenant: string,
    key: string,
    catalogVersion: number,
  ): { readonly prices: readonly string[] } | undefined;
  /** All versions of a price key that were known, oldest first. */
  priceVersionsAt(tenant: string, key: string, catalogVersion: number): readonly Price[];
  meterAt(tenant: string, key: string, catalogVersion: number): Meter | undefined;
}

/** What decides the prices of a customer. */
export interface PricedTerms {
  readonly tenant: string;
  readonly plan: string;
  readonly currency: string;
  /** Price keys in place of what the plan has for their meters. */
  readonly priceOverrides: readonly string[];
}

/** A price version. */
export interface BookedVersion {
  readonly price: Price;
  readonly version: number;
  readonly effectiveFrom: number;
  /** What prices every event; undefined for a matrix, whose cell is to be found. */
  readonly whole: BookedPrice | undefined;
  /** Of a matrix: what prices an event whose dimensions are these, by name; undefined where no cell does. */
  readonly cellOf: (dimension: (name: string) => string | undefined) => BookedPrice | undefined;
  /** What the close of a period adds, of all cells together; undefined where that is nothing. */
  readonly settled: SettledPrice | undefined;
}

/** A price version, or a cell of one, as who stores charges names it. */
export interface NumberedPrice {
  readonly price: Price;
  /** Canonical JSON of the cell's values; '' for a price without cells. */
  readonly cell: string;
  /** By which whoever stores charges names it; 0 until that is known. */
  number: number;
}

/** A price version ready to price readings, or a cell of one. */
export interface BookedPrice extends NumberedPrice {
  readonly compiled: CompiledPrice;
  /** What decides how much of an event counts, where that is not what its meter read. */
  readonly unlock: UnlockPrice | undefined;
}

export interface SettledPrice {
  readonly settlement: CompiledSettlement;
  readonly named: NumberedPrice;
}

/** A price key that the close of a period may have to settle. */
export interface SettledKey {
  readonly key: string;
  /** Oldest first. */
  readonly versions: readonly BookedVersion[];
}

/** One price key that prices one of an event's readings. */
export interface PricedReading {
  /** Which of the event's readings. */
  readonly reading: number;
  readonly meter: string;
  readonly aggregation: Aggregation;
  readonly dimensions: readonly MeterDimension[];
  /** What a reading adds where its quantity alone does not say; undefined for every other meter. */
  readonly memory: ReadingMemory | undefined;
  readonly price: string;
  /** All versions that were known at the catalog version, oldest first. */
  readonly versions: readonly BookedVersion[];
}

/** What of earlier events decides how much a reading adds: whether its value was seen in the period, or which is later. */
export type ReadingMemory =
  | { readonly kind: 'unique'; readonly valuePointer: string }
  | { readonly kind: 'latest' };

/** A price key of a plan some version of which is an unlock. */
export interface PlanUnlock {
  readonly price: string;
  readonly meter: string;
  /** Of the properties that name an item. */
  readonly pointers: readonly string[];
}

/** What a plan makes of one combination of meters. */
export interface MeterPrices {
  /** In byte order of the price key: the order of an event's charges. */
  readonly priced: readonly PricedReading[];
  /** Readings that the plan has no price for. */
  readonly unpriced: readonly UnpricedReading[];
}

export interface UnpricedReading {
  /** Which of the event's readings. */
  readonly reading: number;
  readonly aggregation: Aggregation;
}

/** Catalog versions whose answers are remembered; the log is near one of them at any time. */
const VERSIONS_REMEMBERED = 8;
/** Plans with overrides whose answers are remembered: every customer may have its own, so the least used one goes. */
const OVERRIDDEN_REMEMBERED = 1_000;

/** The prices of plans at a catalog version, with the answers remembered: for rating, and for quotes that foretell it. */
export class PriceBook {
  readonly #plans = new Map<number, Map<string, PlanPrices | undefined>>();
  /** Of all catalog versions, the one that was asked for last at the end. */
  readonly #overridden = new Map<string, PlanPrices | undefined>();
  readonly #booked = new WeakMap<Price, BookedVersion>();

  constructor(private readonly view: PriceCatalog) {}

  /** Undefined for a plan that did not exist at the catalog version. */
  plan(terms: PricedTerms, catalogVersion: number): PlanPrices | undefined {
    const { tenant, plan, currency, priceOverrides } = terms;
    const id = `${tenant}\u0000${plan}\u0000${currency}`;
    if (priceOverrides.length > 0) return this.#withOverrides(id, terms, catalogVersion);
    const plans = this.#plansAt(catalogVersion);
    if (plans.has(id)) return plans.get(id);
    const answer = this.#priced(terms, catalogVersion);
    plans.set(id, answer);
    return answer;
  }

  #withOverrides(of: string, terms: PricedTerms, catalogVersion: number): PlanPrices | undefined {
    const id = [catalogVersion, of, ...terms.priceOverrides].join('\u0000');
    const remembered = this.#overridden;
    const isKnown = remembered.has(id);
    const answer = isKnown ? remembered.get(id) : this.#priced(terms, catalogVersion);
    if (isKnown) remembered.delete(id);
    else if (remembered.size >= OVERRIDDEN_REMEMBERED) {
      remembered.delete(remembered.keys().next().value!);
    }
    remembered.set(id, answer);
    return answer;
  }

  #priced(terms: PricedTerms, catalogVersion: number): PlanPrices | undefined {
    const { tenant, plan, currency } = terms;
    const found = this.view.planAt(tenant, plan, catalogVersion);
    if (!found) return undefined;
    const versionsOf = (key: string) => this.view.priceVersionsAt(tenant, key, catalogVersion);
    const prices = keysWithOverrides(found.prices, terms, versionsOf).map((key) => ({
      key,
      versions: versionsOf(key).map((price) => this.#bookedVersion(price)),
    }));
    const meterOf = (meter: string) => this.view.meterAt(tenant, meter, catalogVersion);
    return new PlanPrices(prices, currency, meterOf);
  }

  #bookedVersion(price: Price): BookedVersion {
    let booked = this.#booked.get(price);
    if (!booked) {
      const { version, effectiveFrom } = price;
      const whole = wholeOf(price);
      const settled = settledOf(price, whole);
      booked = { price, version, effectiveFrom, whole, cellOf: cellsOf(price), settled };
      this.#booked.set(price, booked);
    }
    return booked;
  }

  #plansAt(catalogVersion: number): Map<string, PlanPrices | undefined> {
    let plans = this.#plans.get(catalogVersion);
    if (!plans) {
      if (this.#plans.size >= VERSIONS_REMEMBERED) {
        this.#plans.delete(this.#plans.keys().next().value!);
      }
      this.#plans.set(catalogVersion, (plans = new Map()));
    }
    return plans;
  }
}

/** The prices of one plan, with overrides or without, in one currency at one catalog version. */
export class PlanPrices {
  readonly #byMeters = new Map<string, MeterPrices>();
  #settledKeys: readonly SettledKey[] | undefined;
  #unlocks: readonly PlanUnlock[] | undefined;
  #countsUnique: boolean | undefined;

  constructor(
    private readonly prices: ReadonlyArray<{
      readonly key: string;
      readonly versions: readonly BookedVersion[];
    }>,
    private readonly currency: string,
    private readonly meterOf: (meter: string) => Meter | undefined,
  ) {}

  get unlocks(): readonly PlanUnlock[] {
    return (this.#unlocks ??= this.prices.flatMap(({ key, versions }) =>
      planUnlocks(key, versions, this.meterOf),
    ));
  }

  /** Whether any of its prices has a meter that counts distinct values. */
  get countsUnique(): boolean {
    return (this.#countsUnique ??= this.prices.some(({ versions }) =>
      versions.some(({ price }) => this.meterOf(price.meterKey)?.aggregation === 'unique'),
    ));
  }

  of(meters: readonly string[]): MeterPrices {
    const id = meters.join('\u0000');
    let found = this.#byMeters.get(id);
    if (!found) this.#byMeters.set(id, (found = this.#pricesOf(meters)));
    return found;
  }

  /** In byte order. */
  get settledKeys(): readonly SettledKey[] {
    this.#settledKeys ??= this.prices
      .filter(({ versions }) => versions.some(({ settled }) => settled))
      .toSorted((a, b) => (a.key < b.key ? -1 : 1));
    return this.#settledKeys;
  }

  #pricesOf(meters: readonly string[]): MeterPrices {
    const priced: PricedReading[] = [];
    const unpriced: UnpricedReading[] = [];
    meters.forEach((meter, reading) => {
      const keys = this.prices.filter(({ versions }) =>
        versions.some(({ price }) => price.meterKey === meter && price.currency === this.currency),
      );
      const found = this.meterOf(meter);
      const { aggregation = 'sum', dimensions = [] } = found ?? {};
      const memory = found && memoryOf(found);
      if (keys.length === 0) unpriced.push({ reading, aggregation });
      for (const { key, versions } of keys) {
        priced.push({ reading, meter, aggregation, dimensions, memory, price: key, versions });
      }
    });
    priced.sort((a, b) => (a.price < b.price ? -1 : a.price > b.price ? 1 : a.reading - b.reading));
    return { priced, unpriced };
  }
}

/** The version that prices the reading at an instant, or undefined when none is in force. */
export function versionInForce(
  { versions }: PricedReading,
  occurredAt: number,
): BookedVersion | undefined {
  const [only] = versions;
  if (versions.length === 1 && only!.effectiveFrom <= occurredAt) return only;
  return priceInForce(versions, occurredAt);
}

function wholeOf(price: Price): BookedPrice | undefined {
  const { model } = price;
  if (model.kind === 'matrix') return undefined;
  const unlock = model.kind === 'unlock' ? model : undefined;
  return { price, cell: '', compiled: compilePrice(price), unlock, number: 0 };
}

function memoryOf({ aggregation, valuePointer }: Meter): ReadingMemory | undefined {
  if (aggregation === 'unique') return { kind: 'unique', valuePointer: valuePointer! };
  return aggregation === 'latest' ? { kind: 'latest' } : undefined;
}

function planUnlocks(
  price: string,
  versions: readonly BookedVersion[],
  meterOf: (meter: string) => Meter | undefined,
): PlanUnlock[] {
  return versions.flatMap(({ price: { model, meterKey } }) => {
    if (model.kind !== 'unlock') return [];
    const { dimensions = [] } = meterOf(meterKey) ?? {};
    const pointers = dimensions.filter(({ name }) => name === model.item);
    return [{ price, meter: meterKey, pointers: pointers.map(({ pointer }) => pointer) }];
  });
}

function settledOf(price: Price, whole: NumberedPrice | undefined): SettledPrice | undefined {
  if (!isSettled(price)) return undefined;
  const named = whole ?? { price, cell: '', number: 0 };
  return { settlement: compileSettlement(price), named };
}

/** The cells of a matrix, each booked when it is first used. */
function cellsOf(price: Price): BookedVersion['cellOf'] {
  const { model, ...around } = price;
  if (model.kind !== 'matrix') return () => undefined;
  const { findCell } = compileMatrixPrice(model, around);
  const cells = new Map<string, BookedPrice>();
  return (dimension) => {
    const values: Record<string, string> = {};
    for (const name of model.dimensions) {
      const value = dimension(name);
      if (value !== undefined) values[name] = value;
    }
    const found = findCell(values);
    if (found.outcome === 'refused') return undefined;
    const { cell } = found;
    let booked = cells.get(cell);
    if (!booked) {
      const compiled = { price, model: found.model };
      booked = { price, cell, compiled, unlock: undefined, number: 0 };
      cells.set(cell, booked);
    }
    return booked;
  };
}
