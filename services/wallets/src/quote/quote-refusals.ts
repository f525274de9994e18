import type { ReadUsageRefusal } from '@farthing/domain/rating/read-usage';
import type { RateUsageRefusal } from '@farthing/domain/rating/rate-usage';

export type QuoteRefusalCode =
  | ReadUsageRefusal
  | RateUsageRefusal
  | 'at_out_of_range'
  | 'unknown_customer'
  | 'customer_without_plan'
  | 'unknown_plan'
  | 'quote_too_large'
  | 'signing_key_unpublished';

/** Why nothing is quoted, with the HTTP status and what a person reads. An event would be refused by the same codes. */
export const QUOTE_REFUSALS: Readonly<
  Record<QuoteRefusalCode, { readonly status: number; readonly detail: string }>
> = {
  at_out_of_range: { status: 422, detail: '`at` lies more than a day from now' },
  unknown_type: { status: 422, detail: 'no meter counts this type' },
  number_not_exact: {
    status: 422,
    detail: 'the number is not exact: send a string, or an integer below 2^53',
  },
  value_missing: { status: 422, detail: 'the property that the meter reads is missing' },
  not_a_number: { status: 422, detail: 'the property that the meter adds up is no decimal number' },
  negative_quantity: { status: 422, detail: 'a quantity is not negative' },
  too_many_decimals: { status: 422, detail: 'a quantity has at most 9 decimals' },
  property_not_text: {
    status: 422,
    detail:
      'the property is not text of at most 255 characters, a boolean or an integer below 2^53',
  },
  unknown_customer: {
    status: 404,
    detail: 'the customer does not exist, and the tenant refuses unknown ones',
  },
  customer_without_plan: { status: 422, detail: 'the customer is on no plan' },
  unknown_plan: { status: 422, detail: "the customer's plan does not exist" },
  no_price_in_force: {
    status: 422,
    detail: 'no version of the price is in force at the time of the use',
  },
  no_cell_for_event: {
    status: 422,
    detail: 'the price has no cell for the dimensions of the use, and none for all others',
  },
  unlock_not_quotable: {
    status: 422,
    detail: 'the price unlocks items: whether this one is open is decided when it is used',
  },
  aggregation_not_quotable: {
    status: 422,
    detail:
      'what a use adds to the quantity of the meter is known when it is rated, and not before',
  },
  earlier_events_not_quotable: {
    status: 422,
    detail:
      'the price goes by how many events came before, or by what they cost: that is decided when it is used',
  },
  negative_event_amount: { status: 422, detail: 'the use carries an amount below zero' },
  amount_below_minimum: { status: 422, detail: 'the use carries less than the price takes' },
  amount_above_maximum: { status: 422, detail: 'the use carries more than the price takes' },
  quantity_out_of_range: {
    status: 422,
    detail: 'the quantity would leave the range that is kept',
  },
  amount_out_of_range: { status: 422, detail: 'the amount would leave the range that is kept' },
  quote_too_large: {
    status: 422,
    detail: 'the use has so many prices that its token would exceed 4,096 characters',
  },
  signing_key_unpublished: {
    status: 503,
    detail: 'the key that signs quotes is not on the catalog yet: ask again',
  },
};
