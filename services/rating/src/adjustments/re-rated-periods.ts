import { isAmountInRange, type Nanos } from '@farthing/domain/money/nanos';
import { lateAmount } from '@farthing/domain/pricing/settlement';
import {
  slotsOfPrice,
  storedPeriod,
  type AccumulatorSlot,
  type Customer,
  type OpenedPeriod,
} from '../customers/customer.js';
import { loadPeriods } from '../customers/load-customers.js';
import type { RatingWork } from '../rate-batch/apply-events.js';
import type { Effects } from '../rate-batch/effects.js';
import type { StoredCharge } from './stored-charges.repository.js';

/**
 * The usage periods of charges that are re-rated. Their accumulators count what use costs, and so what a re-rating makes
 * of it: the close charges what is missing to a minimum.
 */
export class ReRatedPeriods {
  readonly #amounts = new Map<AccumulatorSlot, Nanos>();

  private constructor(
    private readonly customer: Customer,
    private readonly periods: ReadonlyMap<number, OpenedPeriod>,
  ) {}

  static async load(
    { tx, state }: RatingWork,
    customer: Customer,
    charges: Iterable<StoredCharge>,
  ): Promise<ReRatedPeriods> {
    const periods = new Map<number, OpenedPeriod>();
    for (const { usage_from, usage_to } of charges) {
      const [from, to] = [Number(usage_from), Number(usage_to)];
      // What is in memory depends on what came before; one that ended long ago is loaded for this record alone.
      if (periods.has(from)) continue;
      periods.set(from, customer.openedPeriodAt(from) ?? storedPeriod({ from, to }));
    }
    const unloaded = [...periods.values()].filter(({ accumulators }) => !accumulators);
    const ofCustomer = unloaded.map((period) => ({ customer, period }));
    await loadPeriods(tx, ofCustomer, state.sealedThrough);
    return new ReRatedPeriods(customer, periods);
  }

  /** False, and nothing is moved, where that leaves the range of amounts, or a minimum that was settled takes it up. */
  move({ usage_from, price, cell }: StoredCharge, by: Nanos): boolean {
    const period = this.periods.get(Number(usage_from))!;
    const slot = this.customer.slot(period, { price: { key: price }, cell: cell ?? '' });
    const amount = this.#amountOf(slot) + by;
    if (!isAmountInRange(amount)) return false;
    const least = period.settled?.get(price);
    if (least !== undefined && lateAmount(least, this.#amountSoFar(period, price), by) !== by) {
      return false;
    }
    this.#amounts.set(slot, amount);
    return true;
  }

  carryOut(effects: Effects): void {
    for (const [slot, amount] of this.#amounts) {
      slot.current = { ...slot.current, amount };
      effects.touch(slot);
    }
  }

  #amountOf(slot: AccumulatorSlot): Nanos {
    return this.#amounts.get(slot) ?? slot.current.amount;
  }

  #amountSoFar(period: OpenedPeriod, price: string): Nanos {
    let amount = 0n;
    for (const slot of slotsOfPrice(period, price)) amount += this.#amountOf(slot);
    return amount;
  }
}
