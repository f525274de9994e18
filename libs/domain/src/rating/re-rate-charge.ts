import type { Quantity } from '../metering/quantity.js';
import type { Nanos } from '../money/nanos.js';
import type { Micros } from '../period/micros.js';
import { cellOf, OTHER_CELL } from '../pricing/matrix-price.js';
import { priceInForce } from '../pricing/price-in-force.js';
import type { Price, SplitPart } from '../pricing/price.js';
import { EMPTY_ACCUMULATOR, type Accumulator } from './accumulator.js';
import { compilePrice, rateReading, type CompiledPrice } from './rate-reading.js';
import type { Share } from './split-charge.js';

/** What a stored charge says of how it came about. */
export interface ChargeToReRate {
  readonly occurredAt: Micros;
  readonly quantityBefore: Quantity;
  readonly quantityAfter: Quantity;
  /** By part of the split rule that made the charge, '' for none. */
  readonly creators: readonly string[];
}

/** Why a charge is left as it is: it was given back or corrected, or only its event in the log says what it would have cost. */
export type NotReRatedReason =
  | 'refunded'
  | 'corrected'
  | 'no_price_in_force'
  | 'another_meter'
  | 'another_currency'
  | 'cells_differ'
  | 'unlocks_differ'
  | 'earlier_events_decide'
  | 'creators_differ'
  | 'negative_event_amount'
  | 'amount_below_minimum'
  | 'amount_above_maximum'
  | 'quantity_out_of_range'
  | 'amount_out_of_range';

/** Why a charge is left as it is, in words. */
export const NOT_RE_RATED: Readonly<Record<NotReRatedReason, string>> = {
  refunded: 'the charge was given back',
  corrected: 'the event was voided or corrected',
  no_price_in_force: 'no version of the price is in force when the event occurred',
  another_meter: 'the version in force prices another meter',
  another_currency: 'the version in force has another currency',
  cells_differ: 'the version in force tells other cells apart than the one that made the charge',
  unlocks_differ: 'the version in force unlocks other items, or for another time',
  earlier_events_decide:
    'the version in force goes by how many events came before, or by what they cost',
  creators_differ: 'the version in force pays a creator whom the charge does not name',
  negative_event_amount: 'the event carried an amount below zero',
  amount_below_minimum: 'the event carried less than the version in force takes',
  amount_above_maximum: 'the event carried more than the version in force takes',
  quantity_out_of_range: 'the quantity leaves the range of quantities',
  amount_out_of_range: 'the amount leaves the range of amounts',
};

export type ReRateOutcome =
  | {
      readonly outcome: 'rated';
      readonly version: number;
      readonly amount: Nanos;
      readonly shares: readonly Share[];
    }
  | { readonly outcome: 'left'; readonly reason: NotReRatedReason };

type Usable =
  | { readonly compiled: CompiledPrice; readonly creatorsFor: CreatorsFor }
  | { readonly reason: NotReRatedReason };

/** The creators of the version in force, from those of the version that made the charge. */
export type CreatorsFor = (creators: readonly string[]) => readonly string[];

const NO_PRICE: ReRateOutcome = { outcome: 'left', reason: 'no_price_in_force' };

/**
 * Prices the charges of one accumulator again, in the order of their positions, by the versions of
 * another price list. A charge's own quantities say where it stood, so it may begin anywhere.
 */
export class AccumulatorReRating {
  readonly #usable = new Map<Price, Map<Price, Usable>>();
  #accumulator: Accumulator = EMPTY_ACCUMULATOR;

  constructor(
    /** Of the price key in the other list. */
    private readonly versions: readonly Price[],
    private readonly cell: string,
  ) {}

  /** Another accumulator begins. */
  reset(): void {
    this.#accumulator = EMPTY_ACCUMULATOR;
  }

  /** `madeBy` is the version that made the charge. */
  rate(charge: ChargeToReRate, madeBy: Price): ReRateOutcome {
    const price = this.#versionAt(charge.occurredAt);
    if (price === undefined) return NO_PRICE;
    const usable = this.#usableFor(price, madeBy);
    if ('reason' in usable) return { outcome: 'left', reason: usable.reason };
    const { quantityBefore, quantityAfter } = charge;
    if (this.#accumulator.quantity !== quantityBefore) {
      this.#accumulator = { ...EMPTY_ACCUMULATOR, quantity: quantityBefore };
    }
    const rated = rateReading(usable.compiled, this.#accumulator, {
      // The difference is what the charge's meter made of its reading, whatever its aggregation is.
      aggregation: 'sum',
      quantity: quantityAfter - quantityBefore,
      creators: usable.creatorsFor(charge.creators),
    });
    if (rated.outcome === 'refused') return { outcome: 'left', reason: rated.reason };
    this.#accumulator = rated.accumulator;
    const { amount, shares } = rated;
    return { outcome: 'rated', version: price.version, amount, shares };
  }

  #versionAt(occurredAt: Micros): Price | undefined {
    const { versions } = this;
    const [only] = versions;
    if (versions.length === 1 && only!.effectiveFrom <= occurredAt) return only;
    return priceInForce(versions, occurredAt);
  }

  #usableFor(price: Price, madeBy: Price): Usable {
    let byMaker = this.#usable.get(price);
    if (!byMaker) this.#usable.set(price, (byMaker = new Map<Price, Usable>()));
    let usable = byMaker.get(madeBy);
    if (!usable) byMaker.set(madeBy, (usable = usableFor(price, madeBy, this.cell)));
    return usable;
  }
}

function usableFor(price: Price, madeBy: Price, cell: string): Usable {
  if (price.meterKey !== madeBy.meterKey) return { reason: 'another_meter' };
  if (price.currency !== madeBy.currency) return { reason: 'another_currency' };
  if (!hasCell(price, madeBy, cell)) return { reason: 'cells_differ' };
  if (!unlocksTheSame(price, madeBy)) return { reason: 'unlocks_differ' };
  const creatorsFor = creatorsBetween(madeBy.split, price.split);
  if (creatorsFor === undefined) return { reason: 'creators_differ' };
  const compiled = compilePrice(price, cell);
  if (compiled.perEvent?.asksBefore) return { reason: 'earlier_events_decide' };
  return { compiled, creatorsFor };
}

/**
 * Whether the charges of a cell are all and only what the other version puts there. Those of the
 * default cell no longer say which combination they had: both must leave it the same ones.
 */
function hasCell(price: Price, madeBy: Price, cell: string): boolean {
  const [cells, known] = [cellsOf(price), cellsOf(madeBy)];
  if (cells === undefined || known === undefined) return cells === known;
  if (!cells.has(cell)) return false;
  return (
    cell !== OTHER_CELL || (cells.size === known.size && [...known].every((one) => cells.has(one)))
  );
}

/** A charge says whether its event unlocked something by the version that made it, and not what. */
function unlocksTheSame({ model }: Price, { model: made }: Price): boolean {
  if (model.kind !== 'unlock' || made.kind !== 'unlock')
    return model.kind !== 'unlock' && made.kind !== 'unlock';
  return model.item === made.item && model.days === made.days;
}

/** Undefined for a price that has no cells. */
function cellsOf({ model }: Price): Set<string> | undefined {
  if (model.kind !== 'matrix') return undefined;
  const cells = new Set(model.cells.map(({ values }) => cellOf(values)));
  return model.default === undefined ? cells : cells.add(OTHER_CELL);
}

/** Undefined when the other rule asks for a property that the charge did not keep. */
export function creatorsBetween(
  from: readonly SplitPart[],
  to: readonly SplitPart[],
): CreatorsFor | undefined {
  const sources: (number | string)[] = [];
  for (const { creator } of to) {
    if (creator.kind === 'fixed') {
      sources.push(creator.id);
      continue;
    }
    const at = from.findIndex(
      (part) => part.creator.kind === 'property' && part.creator.property === creator.property,
    );
    if (at < 0) return undefined;
    sources.push(at);
  }
  const same = sources.length === from.length && sources.every((source, at) => source === at);
  if (same) return (creators) => creators;
  return (creators) =>
    sources.map((source) => (typeof source === 'number' ? creators[source]! : source));
}
