import type { BillingInterval } from '@farthing/domain/period/billing-period';
import { Funding, Interval } from '../generated/farthing/usage/v1/usage_record_pb.js';
import type { FundingKind } from './catalog-things.js';

const INTERVALS: ReadonlyArray<[Interval, BillingInterval]> = [
  [Interval.HOUR, 'hour'],
  [Interval.DAY, 'day'],
  [Interval.WEEK, 'week'],
  [Interval.MONTH, 'month'],
  [Interval.QUARTER, 'quarter'],
  [Interval.YEAR, 'year'],
];

const FUNDINGS: ReadonlyArray<[Funding, FundingKind]> = [
  [Funding.PREPAID, 'prepaid'],
  [Funding.POSTPAID, 'postpaid'],
  [Funding.PREPAID_THEN_POSTPAID, 'prepaid_then_postpaid'],
];

export function intervalFromMessage(interval: Interval): BillingInterval {
  return named(INTERVALS, interval);
}

export function intervalToMessage(interval: BillingInterval): Interval {
  return numbered(INTERVALS, interval);
}

export function fundingFromMessage(funding: Funding): FundingKind {
  return named(FUNDINGS, funding);
}

export function fundingToMessage(funding: FundingKind): Funding {
  return numbered(FUNDINGS, funding);
}

/** The name of an enum value; throws for one that this version does not know. */
export function named<E extends number, N extends string>(
  pairs: ReadonlyArray<readonly [E, N]>,
  value: E,
): N {
  const pair = pairs.find(([number]) => number === value);
  if (!pair) throw new Error(`the enum value ${value} is not known`);
  return pair[1];
}

/** The enum value of a name. */
export function numbered<E extends number, N extends string>(
  pairs: ReadonlyArray<readonly [E, N]>,
  name: N,
): E {
  const pair = pairs.find(([, known]) => known === name);
  if (!pair) throw new Error(`the name ${name} is not known`);
  return pair[0];
}
