import type { MeterUnit } from '@farthing/domain/metering/meter';
import { formatMicros, type Micros } from '@farthing/domain/period/micros';
import { priceInForce } from '@farthing/domain/pricing/price-in-force';
import { anyPriceInWords, ruleOf } from '@farthing/domain/pricing/any-price-rule';
import { unitInWords } from '@farthing/domain/pricing/quantity-in-unit';
import type { PriceDocument } from '../prices/price.schema.js';
import type { PlanDocument } from '../plans/plan.schema.js';
import type { StoredVersion } from '../versions/versions.repository.js';
import { LocalText } from './local-text.js';

/** What a reader sees of one price before a click. */
export interface ListedPrice {
  readonly price: string;
  /** Plans that have it, in byte order; none has what only a customer has. */
  readonly plans: readonly string[];
  readonly meter: string;
  readonly currency: string;
  /** How the meter's quantities are shown; absent where they are shown as they are counted. */
  readonly unit?: MeterUnit;
  /** Absent while no version is in force. */
  readonly inForce?: ListedVersion;
  /** The versions that will replace it, the next one first. */
  readonly coming: readonly ListedVersion[];
}

export interface ListedVersion {
  readonly version: number;
  readonly effectiveFrom: string;
  /** The same as a person reads it, in UTC. */
  readonly from: string;
  readonly description: string;
  readonly taxCategory: string;
  /** English sentences; their numbers are the locale's. */
  readonly words: readonly string[];
  readonly amounts: readonly ListedAmount[];
}

export interface ListedAmount {
  /** Where in the price document it stands, as a JSON pointer. */
  readonly pointer: string;
  readonly amount: string;
  /** With the currency, as the locale writes it; exact to the last digit. */
  readonly text: string;
}

/** What the plans' prices cost from now on, in byte order of their keys. `prices` are all versions. */
export function priceList(
  from: {
    readonly plans: readonly StoredVersion<PlanDocument>[];
    readonly prices: readonly StoredVersion<PriceDocument>[];
    /** What is listed; all that is in a plan unless said. */
    readonly keys?: readonly string[];
    /** By meter key. */
    readonly units?: ReadonlyMap<string, MeterUnit>;
  },
  { locale, now }: { readonly locale: string; readonly now: Micros },
): { readonly locale: string; readonly items: ListedPrice[] } {
  const text = new LocalText(locale);
  const plansOf = plansByPrice(from.plans);
  const keys = from.keys ?? [...plansOf.keys()];
  const items = keys.toSorted().map((key) => {
    const plans = plansOf.get(key) ?? [];
    const versions = from.prices.filter((price) => price.key === key);
    return listedPrice({ key, plans, versions }, { text, now, units: from.units });
  });
  return { locale: text.locale, items };
}

function plansByPrice(plans: readonly StoredVersion<PlanDocument>[]): Map<string, string[]> {
  const found = new Map<string, string[]>();
  for (const plan of plans) {
    for (const key of plan.document.prices) {
      found.set(key, [...(found.get(key) ?? []), plan.key]);
    }
  }
  return found;
}

function listedPrice(
  {
    key,
    plans,
    versions,
  }: {
    readonly key: string;
    readonly plans: readonly string[];
    readonly versions: readonly StoredVersion<PriceDocument>[];
  },
  {
    text,
    now,
    units,
  }: {
    readonly text: LocalText;
    readonly now: Micros;
    readonly units: ReadonlyMap<string, MeterUnit> | undefined;
  },
): ListedPrice {
  const dated = versions.map((stored) => ({ ...stored.document, version: stored.version }));
  const [first] = dated;
  if (first === undefined) throw new Error(`a list with the unknown price ${key}`);
  const current = priceInForce(dated, now);
  const starts = [...new Set(dated.map(({ effectiveFrom }) => effectiveFrom))]
    .filter((start) => start > now)
    .toSorted((a, b) => a - b);
  const unit = units?.get(first.meterKey);
  return {
    price: key,
    plans,
    meter: first.meterKey,
    currency: first.currency,
    ...(unit && { unit }),
    ...(current && { inForce: listedVersion(current, text, unit) }),
    // What is in force at its start: of versions that begin together the last.
    coming: starts.map((start) => listedVersion(priceInForce(dated, start)!, text, unit)),
  };
}

function listedVersion(
  price: PriceDocument & { readonly version: number },
  text: LocalText,
  unit: MeterUnit | undefined,
): ListedVersion {
  return {
    version: price.version,
    effectiveFrom: formatMicros(price.effectiveFrom),
    from: text.instant(price.effectiveFrom),
    description: price.description,
    taxCategory: price.taxCategory,
    words: [...(unit ? [unitInWords(unit)] : []), ...anyPriceInWords(price)].map((sentence) =>
      text.sentence(sentence),
    ),
    amounts: amountsIn(ruleOf(price), '').map(({ pointer, amount }) => ({
      pointer,
      amount,
      text: text.money(amount, price.currency),
    })),
  };
}

/** The fields of a rule that are money; its other decimals are quantities and rates. */
const MONEY = new Set([
  'unitPrice',
  'packagePrice',
  'flatFee',
  'fixed',
  'freeAmount',
  'suggestions',
  'minimum',
  'maximum',
]);

function amountsIn(value: unknown, pointer: string, isMoney = false): Omit<ListedAmount, 'text'>[] {
  if (typeof value === 'string') return isMoney ? [{ pointer, amount: value }] : [];
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([name, member]) =>
    // What dimensions a cell is for may be named like money.
    name === 'values'
      ? []
      : amountsIn(
          member,
          `${pointer}/${name}`,
          MONEY.has(name) || (isMoney && Array.isArray(value)),
        ),
  );
}
