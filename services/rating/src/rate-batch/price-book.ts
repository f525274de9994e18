import type { CatalogView } from '@farthing/contracts/catalog/catalog-view';
import type { Aggregation } from '@farthing/domain/metering/meter';
import { priceInForce } from '@farthing/domain/pricing/price-in-force';
import type { Price } from '@farthing/domain/pricing/price';
import { compilePrice, type CompiledPrice } from '@farthing/domain/rating/rate-reading';

/** A price version as rating uses it. */
export interface BookedPrice {
  readonly price: Price;
  readonly version: number;
  readonly effectiveFrom: number;
  readonly compiled: CompiledPrice;
  /** By which charge rows name it; 0 until that is known, see `ChargeNumbers`. */
  number: number;
}

/** One price key that prices one of an event's readings. */
export interface PricedReading {
  /** Which of the event's readings. */
  readonly reading: number;
  readonly meter: string;
  readonly aggregation: Aggregation;
  readonly price: string;
  /** All versions that were known at the catalog version, oldest first. */
  readonly versions: readonly BookedPrice[];
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

/** What rating asks the catalog, always at a catalog version, with the answers remembered. */
export class PriceBook {
  readonly #plans = new Map<number, Map<string, PlanPrices | undefined>>();
  readonly #booked = new WeakMap<Price, BookedPrice>();

  constructor(private readonly view: CatalogView) {}

  /** Undefined for a plan that did not exist at the catalog version. */
  plan(
    { tenant, plan, currency }: { tenant: string; plan: string; currency: string },
    catalogVersion: number,
  ): PlanPrices | undefined {
    const plans = this.#plansAt(catalogVersion);
    const id = `${tenant}\u0000${plan}\u0000${currency}`;
    if (plans.has(id)) return plans.get(id);
    const found = this.view.planAt(tenant, plan, catalogVersion);
    const prices = found?.prices.map((key) => ({
      key,
      versions: this.view
        .priceVersionsAt(tenant, key, catalogVersion)
        .map((price) => this.#bookedPrice(price)),
    }));
    const aggregationOf = (meter: string) =>
      this.view.meterAt(tenant, meter, catalogVersion)?.aggregation ?? 'sum';
    const answer = prices && new PlanPrices(prices, currency, aggregationOf);
    plans.set(id, answer);
    return answer;
  }

  #bookedPrice(price: Price): BookedPrice {
    let booked = this.#booked.get(price);
    if (!booked) {
      const { version, effectiveFrom } = price;
      booked = { price, version, effectiveFrom, compiled: compilePrice(price), number: 0 };
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

/** The prices of one plan in one currency at one catalog version. */
export class PlanPrices {
  readonly #byMeters = new Map<string, MeterPrices>();

  constructor(
    private readonly prices: ReadonlyArray<{
      readonly key: string;
      readonly versions: readonly BookedPrice[];
    }>,
    private readonly currency: string,
    private readonly aggregationOf: (meter: string) => Aggregation,
  ) {}

  of(meters: readonly string[]): MeterPrices {
    const id = meters.join('\u0000');
    let found = this.#byMeters.get(id);
    if (!found) this.#byMeters.set(id, (found = this.#pricesOf(meters)));
    return found;
  }

  #pricesOf(meters: readonly string[]): MeterPrices {
    const priced: PricedReading[] = [];
    const unpriced: UnpricedReading[] = [];
    meters.forEach((meter, reading) => {
      const keys = this.prices.filter(({ versions }) =>
        versions.some(({ price }) => price.meterKey === meter && price.currency === this.currency),
      );
      const aggregation = this.aggregationOf(meter);
      if (keys.length === 0) unpriced.push({ reading, aggregation });
      for (const { key, versions } of keys) {
        priced.push({ reading, meter, aggregation, price: key, versions });
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
): BookedPrice | undefined {
  const [only] = versions;
  if (versions.length === 1 && only!.effectiveFrom <= occurredAt) return only;
  return priceInForce(versions, occurredAt);
}
