import type { Nanos } from '../money/nanos.js';
import type { LatestMark } from '../metering/latest-reading.js';
import type { Quantity } from '../metering/quantity.js';
import type { CompiledModel } from '../pricing/compiled-model.js';

/** Quantity and amount so far of one customer, price key, cell and usage period. */
export interface Accumulator {
  readonly quantity: Quantity;
  readonly amount: Nanos;
  /** How many events prices per event have priced; others leave it as it is. */
  readonly events: number;
  /** The cost of this very quantity, so that the next charge need not work it out again. */
  readonly cost?: KnownCost;
  /** Of a `latest` meter, the event whose reading the quantity is. */
  readonly latest?: LatestMark;
}

/** What a quantity costs by one model. */
export interface KnownCost {
  readonly model: CompiledModel;
  readonly nanos: Nanos;
}

export const EMPTY_ACCUMULATOR: Accumulator = Object.freeze({
  quantity: 0n,
  amount: 0n,
  events: 0,
});
