/** Why rating rejects an event, in the order in which it looks, with what a person reads. */
export const REFUSALS = {
  too_late: 'the event occurred longer ago than keys are remembered',
  too_early: 'the event occurred more than 5 minutes after the log took it',
  foreign_quote_token: 'the quote token was not issued here',
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
