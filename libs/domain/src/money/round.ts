import { nanosPerMinor, type Currency } from './currency.js';
import type { Nanos } from './nanos.js';

/** `half_up` rounds a half away from zero, as tax offices do; `half_even` to the even neighbour. */
export type RoundingMode = 'half_up' | 'half_even';

/**
 * The nearest integer to `numerator / denominator`. This file and `allocate` have the only divisions
 * of money. The denominator is positive.
 */
export function divideRounded(numerator: bigint, denominator: bigint, mode: RoundingMode): bigint {
  if (denominator <= 0n) throw new Error('the denominator must be positive');
  const absolute = numerator < 0n ? -numerator : numerator;
  const quotient = absolute / denominator;
  const twice = (absolute - quotient * denominator) * 2n;
  const tieUp = mode === 'half_up' || (quotient & 1n) === 1n;
  const up = twice > denominator || (twice === denominator && tieUp);
  const rounded = up ? quotient + 1n : quotient;
  return numerator < 0n ? -rounded : rounded;
}

/** The greatest integer that is not above `numerator / denominator`. The denominator is positive. */
export function divideDown(numerator: bigint, denominator: bigint): bigint {
  const quotient = numerator / denominator;
  return quotient * denominator > numerator ? quotient - 1n : quotient;
}

/** The least integer that is not below `numerator / denominator`. The denominator is positive. */
export function divideUp(numerator: bigint, denominator: bigint): bigint {
  const quotient = numerator / denominator;
  return quotient * denominator < numerator ? quotient + 1n : quotient;
}

/**
 * Rounds to whole minor units and answers in nanos: USD 1.005 is 1.01 half up and 1.00 half even.
 */
export function roundToMinor(nanos: Nanos, currency: Currency, mode: RoundingMode): Nanos {
  const unit = nanosPerMinor(currency);
  return divideRounded(nanos, unit, mode) * unit;
}
