import type { Price } from '@farthing/domain/pricing/price';
import { AccumulatorReRating } from '@farthing/domain/rating/re-rate-charge';
import { areSharedAlike, splitCharge, type Share } from '@farthing/domain/rating/split-charge';
import { creatorsFromColumn } from '../charges/charge-row.js';
import { DiffBatch, type DiffedAccumulator } from './diff-batch.js';
import type { Reached } from './re-rating.js';
import type { StoredChargeRows } from './stored-charges.js';

/** A price version with its cell, as charge rows name it by number. */
export interface ReadPrice {
  readonly number: number;
  readonly accumulator: number;
  /** The version that made the charges. */
  readonly madeBy: Price;
  readonly cell: string;
}

/** A charge whose adjustments may still follow. */
interface OpenCharge {
  readonly offset: number;
  readonly index: number;
  readonly n: number;
  readonly madeBy: Price;
  readonly occurredAt: number;
  readonly quantityBefore: bigint;
  readonly quantityAfter: bigint;
  readonly creators: readonly string[];
  readonly isQuoted: boolean;
  /** With its adjustments. */
  amount: bigint;
  shares: readonly Share[];
  isRefunded: boolean;
  isCorrected: boolean;
}

/**
 * Prices stored charges again and collects what comes of it. Its memory is one charge, one accumulator, and the batch
 * that is taken from it again and again.
 */
export class ChargeDiffer {
  #batch = new DiffBatch();
  #charge: OpenCharge | undefined;
  #accumulator: DiffedAccumulator | undefined;
  #accumulatorNumber = -1;
  #closed: OpenCharge | undefined;
  #closedOf: DiffedAccumulator | undefined;
  #closedOfNumber = -1;
  #reRating: AccumulatorReRating | undefined;
  readonly #prices: ReadonlyMap<number, ReadPrice>;
  readonly #reRatings = new Map<number, AccumulatorReRating>();

  constructor(
    prices: readonly ReadPrice[],
    private readonly versionsOf: (key: string) => readonly Price[],
  ) {
    this.#prices = new Map(prices.map((price) => [price.number, price]));
  }

  /** Charges of the batch that is not taken yet. */
  get charges(): number {
    return this.#batch.charges;
  }

  /** The rows' present one. */
  add(rows: StoredChargeRows): void {
    const price = this.#prices.get(rows.price)!;
    if (rows.isAdjustment) {
      this.#adjust(rows, price);
      return;
    }
    this.#close();
    if (!this.#isOfPresent(rows)) this.#enter(rows, price);
    const { madeBy } = price;
    const { amount } = rows;
    const creators = creatorsFromColumn(rows.creators);
    this.#charge = {
      offset: rows.offset,
      index: rows.index,
      n: rows.n,
      madeBy,
      occurredAt: rows.occurredAt,
      quantityBefore: rows.quantityBefore,
      quantityAfter: rows.quantityAfter,
      creators,
      isQuoted: rows.isQuoted,
      amount,
      shares: splitCharge(madeBy.split, creators, amount).shares,
      isRefunded: false,
      isCorrected: false,
    };
  }

  /** No row comes after the last one. */
  finish(): void {
    this.#close();
  }

  /** What came of the charges before the last row's, and which the last of them is; the next go into another batch. */
  takeBatch(): { readonly batch: DiffBatch; readonly reached: Reached } | undefined {
    const batch = this.#batch;
    const [closed, of] = [this.#closed, this.#closedOf];
    if (batch.charges === 0 || !closed || !of) return undefined;
    this.#batch = new DiffBatch();
    if (this.#accumulator) this.#batch.enter(this.#accumulator);
    const { customer, usageFrom, generation } = of;
    const { offset, index, n } = closed;
    const place = { customer, usageFrom, accumulator: this.#closedOfNumber, generation };
    return { batch, reached: { ...place, offset, index, n } };
  }

  #isOfPresent(rows: StoredChargeRows): boolean {
    const present = this.#accumulator;
    return (
      present !== undefined &&
      present.customer === rows.customer &&
      this.#accumulatorNumber === rows.accumulator &&
      present.usageFrom === rows.usageFrom &&
      present.generation === rows.generation
    );
  }

  #enter(rows: StoredChargeRows, { cell, madeBy }: ReadPrice): void {
    const number = rows.accumulator;
    let reRating = this.#reRatings.get(number);
    if (!reRating) {
      reRating = new AccumulatorReRating(this.versionsOf(madeBy.key), cell);
      this.#reRatings.set(number, reRating);
    }
    reRating.reset();
    this.#reRating = reRating;
    this.#accumulatorNumber = number;
    this.#accumulator = {
      customer: rows.customer,
      price: madeBy.key,
      cell,
      currency: madeBy.currency,
      usageFrom: rows.usageFrom,
      generation: rows.generation,
      partition: rows.partition,
    };
    this.#batch.enter(this.#accumulator);
  }

  /** An adjustment of a charge that is not read has nothing that it could count to. */
  #adjust(rows: StoredChargeRows, { madeBy }: ReadPrice): void {
    const charge = this.#charge;
    if (
      charge === undefined ||
      !this.#isOfPresent(rows) ||
      charge.offset !== rows.offset ||
      charge.index !== rows.index ||
      charge.n !== rows.n
    ) {
      return;
    }
    charge.amount += rows.amount;
    charge.isRefunded ||= rows.refunds;
    // What it said is not what it says now: its quantity was taken back.
    charge.isCorrected ||= rows.quantityBefore !== rows.quantityAfter;
    const creators = creatorsFromColumn(rows.creators);
    charge.shares = [...charge.shares, ...splitCharge(madeBy.split, creators, rows.amount).shares];
  }

  #close(): void {
    const charge = this.#charge;
    if (charge === undefined) return;
    this.#charge = undefined;
    const batch = this.#batch;
    this.#closed = charge;
    this.#closedOf = this.#accumulator!;
    this.#closedOfNumber = this.#accumulatorNumber;
    const { offset, index, n, amount: before } = charge;
    if (charge.isRefunded || charge.isCorrected) {
      batch.addLeft(charge.isCorrected ? 'corrected' : 'refunded', before);
      return;
    }
    const rated = this.#reRating!.rate(charge, charge.madeBy);
    if (rated.outcome === 'left') {
      batch.addLeft(rated.reason, before);
      return;
    }
    // What was quoted was agreed: no later price changes it.
    const { amount, shares } = charge.isQuoted ? charge : rated;
    const diffed = { offset, index, n, before, after: amount, version: rated.version };
    batch.addRated(diffed, before === amount && areSharedAlike(charge.shares, shares));
    batch.addShares(charge.shares, shares);
  }
}
