import { Problem } from '@farthing/adapters/http/problem';
import { FAULT_SENTENCES } from '@farthing/domain/price-book/fault-sentences';

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
  price_archived: [409, 'this price is archived: restore it first'],
  aggregation_differs: [
    409,
    'earlier versions of this meter add up in another way: quantities carry over, so a new way needs a new meter',
  ],
  unknown_meter: [422, 'there is no meter of this key'],
  unknown_dimension: [422, 'the meter reads no dimension of this name'],
  unlock_needs_count: [
    422,
    'an unlock needs a meter that counts: how much a use reads says nothing',
  ],
  event_amount_needs_sum: [
    422,
    'a price of what an event carries needs a meter that sums: the amount of each event',
  ],
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

/** What a person reads for a fault that a schema finds, or that has other words here than in a price book. */
const DETAILS: Readonly<Record<string, string>> = {
  text_not_one_line: 'must be one line of well-formed text without control characters',
  text_not_storable: 'must be well-formed text without NUL',
  unknown_locale: 'must be a BCP 47 language tag, such as "de-CH"',
  unknown_time_zone: 'must be an IANA time zone, such as "Europe/Berlin"',
  value_pointer_missing: 'a sum or a maximum needs the pointer of what it reads',
  value_pointer_unused: 'a count adds nothing up: leave value out',
  price_named_twice: 'this price comes before it',
  tax_category_named_twice: 'this tax category comes before it',
  scope_named_twice: 'this scope comes before it',
};

export function detailOf(code: string): string {
  return DETAILS[code] ?? FAULT_SENTENCES[code] ?? code.replaceAll('_', ' ');
}
