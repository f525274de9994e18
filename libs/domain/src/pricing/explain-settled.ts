import type { Nanos } from '../money/nanos.js';
import { shortDecimal } from './short-decimal.js';

/** What the minimum that was settled at the close of the period changes about late use. */
export interface ExplainedSettled {
  readonly settled: 'minimum';
  readonly amount: string;
}

/** The line of it; none where nothing was settled, or it changes nothing. */
export function settledParts(settled: Nanos): ExplainedSettled[] {
  return settled === 0n ? [] : [{ settled: 'minimum', amount: exact(settled) }];
}

/** Late use is free up to a minimum that was paid; a late rebate does not pay it back. */
export function settledWords(settled: Nanos): string {
  if (settled === 0n) return '';
  return settled < 0n
    ? `, less ${exact(-settled)} that the settled minimum covers`
    : `, of which ${exact(settled)} stays due under the settled minimum`;
}

function exact(amount: Nanos): string {
  return shortDecimal({ mantissa: amount, scale: 9 });
}
