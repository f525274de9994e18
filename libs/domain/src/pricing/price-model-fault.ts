export type PriceModelFault = {
  readonly reason:
    | 'not_a_decimal'
    | 'too_many_decimals'
    | 'decimal_out_of_range'
    | 'negative_price'
    | 'no_tiers'
    | 'tier_bound_not_a_quantity'
    | 'tiers_not_ascending'
    | 'last_tier_not_open'
    | 'open_tier_not_last';
  /** Where in the model the fault is, as a JSON pointer. */
  readonly pointer: string;
};
