import { isAmountInRange, type Nanos } from '../money/nanos.js';
import type { Quantity } from '../metering/quantity.js';
import { costOf } from '../pricing/cost.js';
import type { Accumulator } from './accumulator.js';
import type { CompiledPrice } from './rate-reading.js';

export type TakeBackOutcome =
  | {
      readonly outcome: 'taken_back';
      /** cost(rest) − cost(q): mostly negative, positive where a volume price gets dearer. */
      readonly amount: Nanos;
      readonly quantityBefore: Quantity;
      readonly quantityAfter: Quantity;
      readonly accumulator: Accumulator;
    }
  | { readonly outcome: 'refused'; readonly reason: 'amount_out_of_range' };

/**
 * Takes one event's reading out of its accumulator, at the quantity as it is by now, whatever came between. `rest` is
 * what the other events make: the quantity less what was read or, of a meter of a maximum, the greatest of the others.
 *
 * A price that is paid per event has no cost of a quantity: there the event's own charge is what comes back.
 */
export function takeBack(
  { model }: CompiledPrice,
  accumulator: Accumulator,
  rest: Quantity,
): TakeBackOutcome {
  const { quantity } = accumulator;
  if (rest < 0n || rest > quantity) throw new Error('more is taken back than was accumulated');
  const cost = costOf(model, rest);
  const amount = cost - costOf(model, quantity);
  const total = accumulator.amount + amount;
  if (!isAmountInRange(amount) || !isAmountInRange(total)) {
    return { outcome: 'refused', reason: 'amount_out_of_range' };
  }
  return {
    outcome: 'taken_back',
    amount,
    quantityBefore: quantity,
    quantityAfter: rest,
    accumulator: { quantity: rest, amount: total, cost: { model, nanos: cost } },
  };
}
