import { Problem } from '@farthing/adapters/http/problem';

/** Why a well-formed request is refused, in the order of this table's status. */
const REFUSALS = {
  operator_key_missing: [401, 'the request has no `Authorization: Bearer <operator key>`'],
  operator_key_unknown: [401, 'this is not the operator key'],
  not_your_tenant: [403, 'the API key belongs to another tenant'],
  live_key_refused: [403, 'a test key cannot make a live key'],
  scope_exceeds_caller: [403, 'an API key cannot give a scope that it does not have'],
  unknown_tenant: [404, 'there is no such tenant'],
  unknown_customer: [404, 'there is no such customer'],
  unknown_thing: [404, 'there is nothing of this key'],
  key_not_shown_again: [409, 'this key was shown before; revoke it and make another'],
  twin_follows_tenant: [409, 'a test twin changes with its tenant: change that'],
  meter_differs: [
    409,
    'earlier versions of this price have another meter: quantities carry over from version to version, so a new meter needs a new key',
  ],
  currency_differs: [409, 'earlier versions of this price have another currency: use a new key'],
  aggregation_differs: [
    409,
    'earlier versions of this meter add up in another way: quantities carry over, so a new way needs a new meter',
  ],
  unknown_meter: [422, 'there is no meter of this key'],
  unknown_dimension: [422, 'the meter reads no dimension of this name'],
  unknown_price: [422, 'there is no price of this key'],
  unknown_plan: [422, 'there is no plan of this key'],
  tenant_missing: [422, 'the operator key belongs to no tenant: say which one'],
} as const satisfies Record<string, readonly [number, string]>;

export type RefusalReason = keyof typeof REFUSALS;

/** The answer to a refused command; `pointer` names the part of the body that is at fault. */
export function refusal(reason: RefusalReason, pointer?: string): Problem {
  const [status, detail] = REFUSALS[reason];
  const errors = pointer === undefined ? undefined : [{ code: reason, detail, pointer }];
  return new Problem({ status, code: reason, detail, ...(errors && { errors }) });
}

/** What a person reads for a fault that a schema or the domain finds in a document. */
const DETAILS: Readonly<Record<string, string>> = {
  text_not_one_line: 'must be one line of well-formed text without control characters',
  text_not_storable: 'must be well-formed text without NUL',
  unknown_currency: 'must be an ISO 4217 currency code, such as "USD"',
  unknown_locale: 'must be a BCP 47 language tag, such as "de-CH"',
  unknown_time_zone: 'must be an IANA time zone, such as "Europe/Berlin"',
  not_a_timestamp: 'must be an RFC 3339 timestamp, such as "2026-01-31T00:00:00Z"',
  no_such_date: 'the calendar has no such day',
  no_such_time: 'the day has no such time',
  no_such_offset: 'there is no such offset from UTC',
  timestamp_out_of_range: 'must lie in the years 1970 to 2199',
  negative_amount: 'must not be negative',
  amount_out_of_range: 'is larger than any amount',
  not_a_decimal: 'must be a decimal string, such as "0.0015": no exponent, no leading zeros',
  too_many_decimals: 'has too many decimals',
  decimal_out_of_range: 'has more than 18 digits before the point',
  negative_price: 'a price must not be negative',
  not_a_quantity: 'must be a decimal string with at most 9 decimals, not negative',
  not_a_positive_quantity: 'must be a decimal string above zero with at most 9 decimals',
  no_tiers: 'needs at least one tier',
  tier_bound_not_a_quantity: 'must be a positive decimal string with at most 9 decimals',
  tiers_not_ascending: 'must be above the bound of the tier before it',
  last_tier_not_open: 'the last tier is open: leave out its upTo',
  open_tier_not_last: 'only the last tier may leave out upTo',
  share_out_of_range: 'must be 1 to 10000 basis points',
  shares_exceed_whole: 'the shares add up to more than 10000 basis points',
  not_a_json_pointer: 'must be a JSON pointer (RFC 6901), such as "/bytes"',
  value_pointer_missing: 'a sum or a maximum needs the pointer of what it reads',
  value_pointer_unused: 'a count adds nothing up: leave value out',
  no_cells: 'a matrix needs at least one cell',
  no_dimensions: 'a matrix needs at least one dimension',
  too_many_dimensions: 'has more than 8 dimensions',
  cell_dimensions_differ: 'a cell has a value for each dimension of the matrix, and no other',
  cell_named_twice: 'a cell of these values comes before it',
  dimension_named_twice: 'a dimension of this name comes before it',
  event_type_named_twice: 'this type comes before it',
  price_named_twice: 'this price comes before it',
  tax_category_named_twice: 'this tax category comes before it',
  scope_named_twice: 'this scope comes before it',
};

export function detailOf(code: string): string {
  return DETAILS[code] ?? code.replaceAll('_', ' ');
}
