import { isAmountInRange, type Nanos } from '../money/nanos.js';
import type { Aggregation } from '../metering/meter.js';
import type { Quantity } from '../metering/quantity.js';
import { costOf } from '../pricing/cost.js';
import type { Accumulator } from './accumulator.js';
import type { CompiledPrice } from './rate-reading.js';

export type TakeBackOutcome =
  | {
      readonly outcome: 'taken_back';
      /** cost(rest) − cost(q): mostly negative, positive where a volume price gets dearer or more stands again. */
      readonly amount: Nanos;
      readonly quantityBefore: Quantity;
      readonly quantityAfter: Quantity;
      readonly accumulator: Accumulator;
    }
  | { readonly outcome: 'refused'; readonly reason: 'amount_out_of_range' };

/** What of an event goes. */
export interface TakenBack {
  /**
   * What the other events make: the quantity less what was read or, of a meter of a maximum, the greatest of the
   * others. Of the latest reading it is the latest of the others, which alone may be more than the quantity.
   */
  readonly rest: Quantity;
  readonly aggregation: Aggregation;
  /** What the event came to so far. */
  readonly charged: Nanos;
}

/**
 * Takes one event's reading out of its accumulator, at the quantity as it is by now, whatever came between. A price
 * that is paid per event has no cost of a quantity: there what the event came to is what comes back, and it does not
 * count among its events any more.
 */
export function takeBack(
  compiled: CompiledPrice,
  accumulator: Accumulator,
  { rest, aggregation, charged }: TakenBack,
): TakeBackOutcome {
  const { quantity, events } = accumulator;
  if (rest < 0n || (rest > quantity && aggregation !== 'latest')) {
    throw new Error('more is taken back than was accumulated');
  }
  const moved = { outcome: 'taken_back', quantityBefore: quantity, quantityAfter: rest } as const;
  if (compiled.perEvent) {
    const amount = -charged;
    const left = { quantity: rest, amount: accumulator.amount + amount, events: events - 1 };
    return isAmountInRange(left.amount) ? { ...moved, amount, accumulator: left } : OUT_OF_RANGE;
  }
  const { model } = compiled;
  const cost = costOf(model, rest);
  const amount = cost - costOf(model, quantity);
  const total = accumulator.amount + amount;
  if (!isAmountInRange(amount) || !isAmountInRange(total)) return OUT_OF_RANGE;
  const left = { quantity: rest, amount: total, events, cost: { model, nanos: cost } };
  return { ...moved, amount, accumulator: left };
}

const OUT_OF_RANGE = { outcome: 'refused', reason: 'amount_out_of_range' } as const;
