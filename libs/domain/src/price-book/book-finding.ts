/** Something that a person should know of a price book before it is imported. */
export interface BookFinding {
  /** Of `BOOK_SENTENCES`. */
  readonly code: string;
  /** A book with an error is not imported; a warning is for a person to judge. */
  readonly severity: 'error' | 'warning';
  /** JSON pointer into the book. */
  readonly pointer: string;
  readonly sentence: string;
}

const WARNINGS: Readonly<Record<string, string>> = {
  later_tier_dearer: 'costs more a unit than a tier before it: who uses more pays more for each',
  volume_rebate:
    'just above the bound before this tier everything costs less than on it: a volume rebate, a negative charge',
  tier_unreachable: 'the maximum is reached before this tier: it changes nothing',
  price_in_no_plan: 'is in no plan: nobody pays it',
  not_in_force_yet:
    'no version of this price is in force yet: until one is, events that it would price are rejected',
};

const ERRORS: Readonly<Record<string, string>> = {
  key_named_twice: 'an entry of this key comes before it',
  price_named_twice: 'the plan names this price before',
  same_effective_from: 'a version of this key that begins at the same instant comes before it',
  unknown_meter: 'the book has no meter of this key',
  unknown_price: 'the book has no price of this key',
  meter_differs:
    'another version of this price has another meter: usage carries over from version to version, so a new meter needs a new key',
  currency_differs: 'another version of this price has another currency: use a new key',
  dimension_not_metered:
    'the meter has no dimension of this name: no event has a value for it, so nothing is told apart by it',
  not_a_price_model: 'is not a price model that Farthing knows, or lacks one of its fields',
  decimal_not_text: 'is a bare number: put it in quotes, so that no digit of it is lost',
  unknown_currency: 'must be an ISO 4217 currency code, such as "USD"',
  not_a_timestamp: 'must be an RFC 3339 timestamp, such as "2026-01-31T00:00:00Z"',
  no_such_date: 'the calendar has no such day',
  no_such_time: 'the day has no such time',
  no_such_offset: 'there is no such offset from UTC',
  timestamp_out_of_range: 'must lie in the years 1970 to 2199',
};

/** What the domain finds in a rule, a split or a meter by itself. */
const FAULTS: Readonly<Record<string, string>> = {
  not_a_decimal: 'must be a decimal string, such as "0.0015": no exponent, no leading zeros',
  too_many_decimals: 'has too many decimals',
  decimal_out_of_range: 'has more than 18 digits before the point',
  negative_price: 'a price must not be negative',
  negative_amount: 'must not be negative',
  negative_rate: 'a rate must not be negative',
  amount_out_of_range: 'is larger than any amount',
  not_a_quantity: 'must be a decimal string with at most 9 decimals, not negative',
  not_a_positive_quantity: 'must be a decimal string above zero with at most 9 decimals',
  not_a_whole_number: 'must be a whole number, not negative',
  no_tiers: 'needs at least one tier',
  tier_bound_not_a_quantity: 'must be a positive decimal string with at most 9 decimals',
  tiers_not_ascending: 'must be above the bound of the tier before it',
  last_tier_not_open: 'the last tier is open: leave out its upTo',
  open_tier_not_last: 'only the last tier may leave out upTo',
  no_first_tier_fee: 'the first tier has no flat fee that could be charged when nothing is used',
  minimum_above_maximum: 'the minimum is above the maximum',
  free_events_with_tiers: 'free events and tiers do not go together',
  suggestion_out_of_range: 'a suggestion must lie within minimum and maximum',
  suggestion_named_twice: 'this suggestion comes before it',
  no_cells: 'a matrix needs at least one cell',
  no_dimensions: 'a matrix needs at least one dimension',
  too_many_dimensions: 'has more than 8 dimensions',
  dimension_named_twice: 'a dimension of this name comes before it',
  cell_dimensions_differ: 'a cell has a value for each dimension of the matrix, and no other',
  cell_named_twice: 'a cell of these values comes before it',
  days_out_of_range: 'must be a whole number of days, 1 to 36500',
  share_out_of_range: 'must be 1 to 10000 basis points',
  shares_exceed_whole: 'the shares add up to more than 10000 basis points',
  not_a_json_pointer: 'must be a JSON pointer (RFC 6901), such as "/bytes"',
  value_pointer_missing: 'this aggregation needs the pointer of what it reads: `value`',
  value_pointer_unused: 'a count reads nothing: leave `value` out',
  no_event_types: 'needs at least one event type',
  event_type_named_twice: 'this type comes before it',
};

/** What a person reads for each code. */
export const BOOK_SENTENCES: Readonly<Record<string, string>> = {
  ...ERRORS,
  ...FAULTS,
  ...WARNINGS,
};

/** The finding of a code at a place of the book. */
export function bookFinding(code: string, pointer: string): BookFinding {
  return {
    code,
    severity: Object.hasOwn(WARNINGS, code) ? 'warning' : 'error',
    pointer,
    sentence: BOOK_SENTENCES[code] ?? code.replaceAll('_', ' '),
  };
}
