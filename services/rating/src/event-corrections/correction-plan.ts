import type { Nanos } from '@farthing/domain/money/nanos';
import type { BillingPeriod } from '@farthing/domain/period/billing-period';
import type { Micros } from '@farthing/domain/period/micros';
import { lateAmount } from '@farthing/domain/pricing/settlement';
import { EMPTY_ACCUMULATOR, type Accumulator } from '@farthing/domain/rating/accumulator';
import type { Adjustment } from '../adjustments/adjustment.js';
import { slotsOfPrice, type Customer } from '../customers/customer.js';
import type { SeenOfPeriod } from '../customers/seen-values.repository.js';
import type { SeenName } from '../customers/seen-values.js';
import type { UnlockName } from '../customers/unlocks.js';
import type { Effects } from '../rate-batch/effects.js';
import type { KeptReading } from './kept-readings.repository.js';

/** Where an accumulator is, besides its customer. */
export interface AccumulatorPlace {
  readonly usage: BillingPeriod;
  readonly price: { readonly key: string };
  readonly cell: string;
}

/** Whether a value counts in an accumulator, by its digest. */
interface PlannedValue {
  readonly place: AccumulatorPlace;
  readonly digest: string;
  readonly isSeen: boolean;
}

interface PlannedUnlock extends UnlockName {
  readonly unlockedAt: Micros | undefined;
}

/**
 * What a correction will do, worked out on copies: nothing of the customer changes until it is sure that nothing of it
 * is refused.
 */
export class CorrectionPlan {
  readonly adjustments: Adjustment[] = [];
  /** What the event says from now on, where its charges do not. */
  readonly kept: Array<
    Pick<KeptReading, 'price' | 'part' | 'usageFrom' | 'occurredAt' | 'quantity'>
  > = [];
  readonly #accumulators = new Map<string, { place: AccumulatorPlace; accumulator: Accumulator }>();
  readonly #unlocks = new Map<string, PlannedUnlock>();
  readonly #values = new Map<string, PlannedValue>();

  constructor(private readonly customer: Customer) {}

  accumulatorAt(place: AccumulatorPlace): Accumulator {
    const planned = this.#accumulators.get(keyOf(place));
    if (planned) return planned.accumulator;
    const opened = this.customer.openedPeriodAt(place.usage.from);
    return opened ? this.customer.slot(opened, place).current : EMPTY_ACCUMULATOR;
  }

  move(place: AccumulatorPlace, accumulator: Accumulator): void {
    this.#accumulators.set(keyOf(place), { place, accumulator });
  }

  /** What a move by this much is charged in a period whose minimum was settled, to be asked before it is made. */
  lateAmount(place: AccumulatorPlace, amount: Nanos): Nanos {
    const period = this.customer.openedPeriodAt(place.usage.from);
    const least = period?.settled?.get(place.price.key);
    if (!period || least === undefined) return amount;
    const cells = new Set([place.cell]);
    for (const { cell } of slotsOfPrice(period, place.price.key)) cells.add(cell);
    let amountSoFar = 0n;
    for (const cell of cells) amountSoFar += this.accumulatorAt({ ...place, cell }).amount;
    return lateAmount(least, amountSoFar, amount);
  }

  unlockedAt(name: UnlockName): Micros | undefined {
    const planned = this.#unlocks.get(unlockKey(name));
    return planned ? planned.unlockedAt : this.customer.unlocks.slot(name).current;
  }

  unlock(planned: PlannedUnlock): void {
    this.#unlocks.set(unlockKey(planned), planned);
  }

  /** Unlocks that change, an instant or, for one that closes, none. */
  get unlocks(): readonly PlannedUnlock[] {
    return [...this.#unlocks.values()];
  }

  isSeen(place: AccumulatorPlace, digest: string): boolean {
    const planned = this.#values.get(`${digest} ${keyOf(place)}`);
    if (planned) return planned.isSeen;
    const opened = this.customer.openedPeriodAt(place.usage.from);
    return opened?.seen.slot(seenName(place, digest)).current === true;
  }

  see(place: AccumulatorPlace, digest: string, isSeen: boolean): void {
    this.#values.set(`${digest} ${keyOf(place)}`, { place, digest, isSeen });
  }

  /** Values that count no more, of periods that were opened. */
  get forgotten(): SeenOfPeriod[] {
    const { customer } = this;
    return [...this.#values.values()].flatMap(({ place, digest, isSeen }) => {
      const period = isSeen ? undefined : customer.openedPeriodAt(place.usage.from);
      return period ? [{ customer, period, ...seenName(place, digest) }] : [];
    });
  }

  /** Does it, as far as accumulators, their values and periods go. */
  carryOut(effects: Effects): void {
    for (const { place, accumulator } of this.#accumulators.values()) {
      let period = this.customer.openedPeriodAt(place.usage.from);
      if (!period) {
        period = this.customer.open(place.usage);
        effects.opened.push({ customer: this.customer, period });
      }
      const slot = this.customer.slot(period, place);
      slot.current = accumulator;
      effects.touch(slot);
    }
    for (const { period, ...name } of this.forgotten) {
      const slot = period.seen.slot(name);
      slot.current = slot.saved = false;
    }
    for (const { place, digest, isSeen } of this.#values.values()) {
      if (!isSeen) continue;
      const { customer } = this;
      const period = customer.openedPeriodAt(place.usage.from)!;
      effects.see({ customer, period }, seenName(place, digest));
    }
  }
}

function seenName({ price, cell }: AccumulatorPlace, digest: string): SeenName {
  return { price: price.key, cell, digest };
}

function keyOf({ usage, price, cell }: AccumulatorPlace): string {
  return `${usage.from} ${price.key} ${cell}`;
}

/** No price key has a space. */
function unlockKey({ price, item }: UnlockName): string {
  return `${price} ${item}`;
}
