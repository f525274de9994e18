import type { Aggregation } from './meter.js';
import type { Quantity } from './quantity.js';

/**
 * The quantity of a period after one more reading: the sum of all of them, or of a `max` meter the greatest. Either is
 * a state of its own, so nothing else need be remembered to go on.
 */
export function accumulate(
  aggregation: Aggregation,
  before: Quantity,
  reading: Quantity,
): Quantity {
  if (aggregation === 'max') return reading > before ? reading : before;
  return before + reading;
}
