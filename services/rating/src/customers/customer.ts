import { EMPTY_ACCUMULATOR, type Accumulator } from '@farthing/domain/rating/accumulator';
import type { BillingPeriod, BillingSchedule } from '@farthing/domain/period/billing-period';
import type { Micros } from '@farthing/domain/period/micros';
import { periodBeside } from '@farthing/domain/period/period-beside';
import type { CustomerFacts } from './customer-facts.js';
import type { Slot } from './remembered-slots.js';
import { SeenValues } from './seen-values.js';
import { slotKey } from './slot-key.js';
import { Unlocks } from './unlocks.js';

/** An accumulator in memory. */
export interface AccumulatorSlot extends Slot<Accumulator> {
  readonly customer: Customer;
  readonly period: OpenedPeriod;
  readonly price: string;
  /** '' for a price without cells. */
  readonly cell: string;
  /** By which its row is found; undefined until it is given one to be stored. */
  number: number | undefined;
}

/** Whether the transaction, or one before it, has stored it. */
export function isStored(slot: AccumulatorSlot): boolean {
  return slot.saved !== EMPTY_ACCUMULATOR;
}

/** What an accumulator is of, besides customer and period. */
export interface PricedCell {
  readonly price: { readonly key: string };
  readonly cell: string;
}

export interface StoredAccumulator {
  readonly price: string;
  readonly cell: string;
  readonly number: number | undefined;
  readonly accumulator: Accumulator;
}

/** A billing period that was used before: its bounds are stored and never computed again. */
export interface OpenedPeriod extends BillingPeriod {
  saved: boolean;
  /** By price key and cell, see `slotKey`. Undefined until they are loaded. */
  accumulators: Map<string, AccumulatorSlot> | undefined;
  /**
   * What it came to cost at least when it was closed, by price key, in nano-units; undefined where no minimum was
   * settled. Loaded with the accumulators.
   */
  settled: ReadonlyMap<string, bigint> | undefined;
  /** Which values its accumulators have counted. */
  readonly seen: SeenValues;
}

/** One customer in the memory of its partition. Changed in place while effects are worked out; see `Effects`. */
export class Customer {
  /** Undefined while nobody has created it. */
  facts: CustomerFacts | undefined;
  savedFacts: CustomerFacts | undefined;
  /** In order of time, without overlap. */
  readonly periods: OpenedPeriod[];
  #last: OpenedPeriod | undefined;
  #unlocks: Unlocks | undefined;
  readonly #wasStored: boolean;

  constructor(
    readonly tenant: string,
    readonly id: string,
    /** By which charge rows name it. */
    readonly number: number,
    stored?: { readonly facts: CustomerFacts; readonly periods: readonly BillingPeriod[] },
  ) {
    this.facts = stored?.facts;
    this.savedFacts = stored?.facts;
    this.#wasStored = stored !== undefined;
    this.periods = (stored?.periods ?? []).map(storedPeriod);
  }

  /** Made when first asked for: most customers never unlock anything. */
  get unlocks(): Unlocks {
    return (this.#unlocks ??= new Unlocks(!this.#wasStored));
  }

  /** The opened period that contains the instant, if there is one. */
  openedPeriodAt(at: Micros): OpenedPeriod | undefined {
    const last = this.#last;
    if (last && at >= last.from && at < last.to) return last;
    const found = this.periods.find(({ from, to }) => at >= from && at < to);
    if (found) this.#last = found;
    return found;
  }

  /** The period that the instant would open by the schedule. */
  periodOf(schedule: BillingSchedule, at: Micros): BillingPeriod {
    return periodBeside(this.periods, schedule, at);
  }

  /** Remembers a period as opened. It is new, so nothing was accumulated in it. */
  open({ from, to }: BillingPeriod): OpenedPeriod {
    const period: OpenedPeriod = {
      from,
      to,
      saved: false,
      accumulators: new Map(),
      settled: undefined,
      seen: new SeenValues(true),
    };
    const before = this.periods.findIndex((other) => other.from > from);
    this.periods.splice(before === -1 ? this.periods.length : before, 0, period);
    this.#last = period;
    return period;
  }

  /** Takes back what was not saved. */
  undo(): void {
    this.facts = this.savedFacts;
    this.#last = undefined;
    for (let at = this.periods.length - 1; at >= 0; at--) {
      if (!this.periods[at]!.saved) this.periods.splice(at, 1);
    }
  }

  slot(period: OpenedPeriod, { price, cell }: PricedCell): AccumulatorSlot {
    const { accumulators } = period;
    if (!accumulators)
      throw new Error('the accumulators of a period are used before they are loaded');
    const key = slotKey(price.key, cell);
    let slot = accumulators.get(key);
    if (!slot) {
      slot = newSlot(this, period, {
        price: price.key,
        cell,
        number: undefined,
        accumulator: EMPTY_ACCUMULATOR,
      });
      accumulators.set(key, slot);
    }
    return slot;
  }

  /** Puts what was stored into a period, which then counts as loaded. */
  load(period: OpenedPeriod, stored: readonly StoredAccumulator[]): void {
    period.accumulators = new Map(
      stored.map((one) => [slotKey(one.price, one.cell), newSlot(this, period, one)] as const),
    );
  }
}

/** One that was used before, not loaded yet. */
export function storedPeriod({ from, to }: BillingPeriod): OpenedPeriod {
  const unloaded = { accumulators: undefined, settled: undefined };
  return { from, to, saved: true, ...unloaded, seen: new SeenValues(false) };
}

/** The accumulators of a price key in a period, one of each cell. */
export function* slotsOfPrice(
  { accumulators }: OpenedPeriod,
  price: string,
): Generator<AccumulatorSlot> {
  for (const slot of accumulators?.values() ?? []) {
    if (slot.price === price) yield slot;
  }
}

function newSlot(
  customer: Customer,
  period: OpenedPeriod,
  { price, cell, number, accumulator }: StoredAccumulator,
): AccumulatorSlot {
  return {
    customer,
    period,
    price,
    cell,
    number,
    current: accumulator,
    saved: accumulator,
    touched: false,
  };
}
