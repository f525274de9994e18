import type { Micros } from '@farthing/domain/period/micros';

/** Why rating rejects an event, in the order in which it looks, with what a person reads. */
export const REFUSALS = {
  too_late: 'the event occurred longer ago than keys are remembered',
  too_early: 'the event occurred more than 5 minutes after the log took it',
  quote_altered: 'the quote token is not what was issued',
  foreign_quote_token: 'the quote token was not issued for this tenant, or by no key that counts',
  quote_mismatch: 'the event is not what was quoted: another customer, type, quantity or cell',
  quote_expired: 'the event occurred when the quote had expired',
  quote_used: 'another event was charged by the quote',
  unknown_tenant: 'the tenant does not exist',
  unknown_customer: 'the customer does not exist, and the tenant refuses unknown ones',
  customer_without_plan: 'the customer is on no plan',
  unknown_plan: "the customer's plan does not exist",
  late_refused: 'the period of the event is sealed, and the tenant takes late events no longer',
  no_price_in_force: 'no version of the price is in force at the time of the event',
  no_cell_for_event:
    'the price has no cell for the dimensions of the event, and none for all others',
  no_item_on_event: 'the event does not say which item it unlocks',
  negative_event_amount: 'the event carries an amount below zero',
  amount_below_minimum: 'the event carries less than the price takes',
  amount_above_maximum: 'the event carries more than the price takes',
  quantity_out_of_range: 'the quantity of the period would leave the range that is kept',
  amount_out_of_range: 'the amount would leave the range that is kept',
} as const;

export type Refusal = keyof typeof REFUSALS;

const TOO_EARLY_MICROS = 5 * 60 * 1_000_000;

/** By the time at which the log took the event, or what replaces it. */
export function refusalByTime(
  occurredAt: Micros,
  appendedAt: Micros,
  horizonMicros: number,
): 'too_late' | 'too_early' | undefined {
  if (occurredAt < appendedAt - horizonMicros) return 'too_late';
  return occurredAt > appendedAt + TOO_EARLY_MICROS ? 'too_early' : undefined;
}
