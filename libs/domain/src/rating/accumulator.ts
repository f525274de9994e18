import type { Nanos } from '../money/nanos.js';
import type { Quantity } from '../metering/quantity.js';

/** Quantity and amount so far of one customer, price key, cell and usage period. */
export interface Accumulator {
  readonly quantity: Quantity;
  readonly amount: Nanos;
}

export const EMPTY_ACCUMULATOR: Accumulator = Object.freeze({ quantity: 0n, amount: 0n });
