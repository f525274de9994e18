import type { Aggregation } from '../metering/meter.js';
import type { AnyPriceRule } from './any-price-rule.js';

export interface ModelMeterFault {
  readonly reason: 'unlock_needs_count';
  /** Of the price, as a JSON pointer. */
  readonly pointer: '/meter';
}

/** What is wrong with the meter that a price names, for the price's model. */
export function checkMeterOfModel(
  model: AnyPriceRule['model'],
  { aggregation }: { readonly aggregation: Aggregation },
): ModelMeterFault[] {
  return model.kind === 'unlock' && aggregation !== 'count'
    ? [{ reason: 'unlock_needs_count', pointer: '/meter' }]
    : [];
}
