import type { Currency } from '../money/currency.js';
import type { AnyPriceRule } from './any-price-rule.js';

/**
 * Who gets a part of each charge: a fixed creator, or the one that a property of the event names.
 */
export type SplitCreator =
  | { readonly kind: 'fixed'; readonly id: string }
  /**
   * `property` is the JSON pointer into `data` by which the envelope carries the value, e.g.
   * `/creator`.
   */
  | { readonly kind: 'property'; readonly property: string };

export interface SplitPart {
  readonly creator: SplitCreator;
  /** Basis points of the charge, 1 to 10,000. */
  readonly shareBps: number;
}

/** The creators' parts in order; what is left to 10,000 bps is the tenant's. */
export type SplitRule = readonly SplitPart[];

/** An immutable version of a price. Key and version name it within the tenant. */
export interface Price extends AnyPriceRule {
  readonly tenant: string;
  readonly key: string;
  readonly version: number;
  readonly meterKey: string;
  readonly currency: Currency;
  /** Microseconds since the epoch; may lie in the past. */
  readonly effectiveFrom: number;
  readonly taxCategory: string;
  readonly split: SplitRule;
  readonly description: string;
}

export type SplitFault = {
  readonly reason: 'share_out_of_range' | 'shares_exceed_whole';
  readonly pointer: string;
};

/** All of a charge, in basis points. */
export const WHOLE_BPS = 10_000;

/** What is wrong with a split rule; nothing when it can be used. */
export function checkSplitRule(split: SplitRule): SplitFault[] {
  const faults: SplitFault[] = [];
  let sum = 0;
  split.forEach(({ shareBps }, at) => {
    if (!Number.isInteger(shareBps) || shareBps < 1 || shareBps > WHOLE_BPS) {
      faults.push({ reason: 'share_out_of_range', pointer: `/split/${at}/shareBps` });
    }
    sum += shareBps;
  });
  if (faults.length === 0 && sum > WHOLE_BPS) {
    faults.push({ reason: 'shares_exceed_whole', pointer: '/split' });
  }
  return faults;
}
