export type PriceModelFault = {
  readonly reason:
    | 'not_a_decimal'
    | 'too_many_decimals'
    | 'decimal_out_of_range'
    | 'negative_price'
    | 'negative_amount'
    | 'amount_out_of_range'
    | 'not_a_quantity'
    | 'not_a_positive_quantity'
    | 'no_tiers'
    | 'tier_bound_not_a_quantity'
    | 'tiers_not_ascending'
    | 'last_tier_not_open'
    | 'open_tier_not_last'
    | 'negative_rate'
    | 'not_a_whole_number'
    | 'minimum_above_maximum'
    | 'free_events_with_tiers'
    | 'suggestion_out_of_range'
    | 'suggestion_named_twice'
    | 'no_cells'
    | 'no_dimensions'
    | 'too_many_dimensions'
    | 'dimension_named_twice'
    | 'cell_dimensions_differ'
    | 'cell_named_twice'
    | 'no_first_tier_fee'
    | 'days_out_of_range'
    | 'transform_with_unlock';
  /** Where in the model or rule the fault is, as a JSON pointer. */
  readonly pointer: string;
};
