import type { Aggregation } from './meter.js';
import type { Quantity } from './quantity.js';

/**
 * Whether only who remembers earlier events knows what a reading adds. Of such a meter nothing is added up where no
 * price remembers for it.
 */
export function needsMemory(aggregation: Aggregation): boolean {
  return aggregation === 'unique' || aggregation === 'latest';
}

/**
 * The quantity of a period after one more reading: the sum of all of them, or of a `max` meter the greatest. Either is
 * a state of its own, so nothing else need be remembered to go on. Of a `unique` and a `latest` meter the reading is
 * what the event adds, which the quantity does not tell: one where its value is new, or what `latestReading` moves by.
 */
export function accumulate(
  aggregation: Aggregation,
  before: Quantity,
  reading: Quantity,
): Quantity {
  if (aggregation === 'max') return reading > before ? reading : before;
  return before + reading;
}
