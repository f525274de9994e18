import { FAULT_SENTENCES } from './fault-sentences.js';

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
  price_in_no_plan: 'is in no plan: only a customer that has it as a price of its own pays it',
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
  unlock_needs_count: 'an unlock needs a meter that counts: how much a use reads says nothing',
  event_amount_needs_sum:
    'a price of what an event carries needs a meter that sums: the amount of each event',
  not_a_price_model: 'is not a price model that Farthing knows, or lacks one of its fields',
  decimal_not_text: 'is a bare number: put it in quotes, so that no digit of it is lost',
};

/** What a person reads for each code. */
export const BOOK_SENTENCES: Readonly<Record<string, string>> = {
  ...ERRORS,
  ...FAULT_SENTENCES,
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
