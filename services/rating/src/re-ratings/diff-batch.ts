import { addToSum, emptySum, type ReRatingSum } from '@farthing/domain/rating/re-rating-sum';
import type { NotReRatedReason } from '@farthing/domain/rating/re-rate-charge';
import type { Share } from '@farthing/domain/rating/split-charge';
import { sharesByCreator } from './shares-by-creator.js';

/** Whose charges come one after another: a customer's, under one price, in one cell and usage period. */
export interface DiffedAccumulator {
  readonly customer: number;
  readonly price: string;
  readonly cell: string;
  readonly currency: string;
  readonly usageFrom: number;
  readonly generation: number;
  readonly partition: number;
}

/** Charges of one accumulator that would be another amount, or shared otherwise, by one version, in order of position. */
export interface DifferenceBlock extends DiffedAccumulator {
  readonly n: number;
  /** The one that prices them now. */
  readonly version: number;
  readonly offsets: number[];
  readonly indexes: number[];
  readonly before: bigint[];
  readonly after: bigint[];
}

export interface DiffedCharge {
  readonly offset: number;
  readonly index: number;
  readonly n: number;
  readonly before: bigint;
  readonly after: bigint;
  readonly version: number;
}

/** What one control record may adjust. */
export const BLOCK_CHARGES = 500;

type SumsByName<Name> = Map<string, Map<Name, ReRatingSum>>;

/** What a stretch of charges came to, until it is stored. */
export class DiffBatch {
  charges = 0;
  changed = 0;
  readonly blocks: DifferenceBlock[] = [];
  /** By currency and name. */
  readonly prices: SumsByName<string> = new Map();
  readonly customers: SumsByName<number> = new Map();
  readonly creators: SumsByName<string> = new Map();
  readonly left: SumsByName<NotReRatedReason> = new Map();
  #accumulator: DiffedAccumulator | undefined;
  #block: DifferenceBlock | undefined;
  #ofPrice = emptySum();
  #ofCustomer = emptySum();
  #ofCreators = new Map<string, ReRatingSum>();

  /** The charges that come now are of this accumulator. */
  enter(accumulator: DiffedAccumulator): void {
    const { currency, price, customer } = accumulator;
    this.#accumulator = accumulator;
    this.#block = undefined;
    this.#ofPrice = sumOf(inCurrency(this.prices, currency), price);
    this.#ofCustomer = sumOf(inCurrency(this.customers, currency), customer);
    this.#ofCreators = inCurrency(this.creators, currency);
  }

  /** `isShared` tells whether each creator would get what it has. */
  addRated(charge: DiffedCharge, isShared: boolean): void {
    const { before, after } = charge;
    this.charges += 1;
    addToSum(this.#ofPrice, before, after);
    addToSum(this.#ofCustomer, before, after);
    if (before === after && isShared) return;
    this.changed += 1;
    const block = this.#blockFor(charge);
    block.offsets.push(charge.offset);
    block.indexes.push(charge.index);
    block.before.push(before);
    block.after.push(after);
  }

  addShares(before: readonly Share[], after: readonly Share[]): void {
    const [one] = before;
    const [other] = after;
    if (before.length === 1 && after.length === 1 && one!.creator === other!.creator) {
      addToSum(sumOf(this.#ofCreators, one!.creator), one!.amountNanos, other!.amountNanos);
      return;
    }
    for (const [creator, amount] of sharesByCreator(before, after)) {
      addToSum(sumOf(this.#ofCreators, creator), amount.before, amount.after);
    }
  }

  /** A charge that is not priced again, and so stays as it is. */
  addLeft(reason: NotReRatedReason, amount: bigint): void {
    this.charges += 1;
    addToSum(sumOf(inCurrency(this.left, this.#accumulator!.currency), reason), amount, amount);
  }

  #blockFor({ n, version }: DiffedCharge): DifferenceBlock {
    const block = this.#block;
    if (block?.n === n && block.version === version && block.offsets.length < BLOCK_CHARGES) {
      return block;
    }
    const empty = { offsets: [], indexes: [], before: [], after: [] };
    const fresh: DifferenceBlock = { ...this.#accumulator!, n, version, ...empty };
    this.blocks.push(fresh);
    this.#block = fresh;
    return fresh;
  }
}

function inCurrency<Name>(sums: SumsByName<Name>, currency: string): Map<Name, ReRatingSum> {
  let found = sums.get(currency);
  if (!found) sums.set(currency, (found = new Map<Name, ReRatingSum>()));
  return found;
}

function sumOf<Name>(sums: Map<Name, ReRatingSum>, name: Name): ReRatingSum {
  let sum = sums.get(name);
  if (!sum) sums.set(name, (sum = emptySum()));
  return sum;
}
