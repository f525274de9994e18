import type { Aggregation } from '../metering/meter.js';
import type { AnyPriceRule } from './any-price-rule.js';
import { isEventModel } from './event-price.js';

export interface ModelMeterFault {
  readonly reason: 'unlock_needs_count' | 'event_amount_needs_sum';
  /** Of the price, as a JSON pointer. */
  readonly pointer: '/meter';
}

/** What is wrong with the meter that a price names, for the price's model. */
export function checkMeterOfModel(
  model: AnyPriceRule['model'],
  { aggregation }: { readonly aggregation: Aggregation },
): ModelMeterFault[] {
  if (model.kind === 'unlock' && aggregation !== 'count') {
    return [{ reason: 'unlock_needs_count', pointer: '/meter' }];
  }
  return isEventModel(model) && aggregation !== 'sum'
    ? [{ reason: 'event_amount_needs_sum', pointer: '/meter' }]
    : [];
}
