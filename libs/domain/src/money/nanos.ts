/** An exact amount: nano-units (1e-9) of the currency's major unit. */
export type Nanos = bigint;

export type ParseNanosOutcome =
  | { readonly outcome: 'parsed'; readonly nanos: Nanos }
  | {
      readonly outcome: 'refused';
      readonly reason: 'not_a_decimal' | 'too_many_decimals' | 'amount_out_of_range';
    };

const MAX_AMOUNT = 2n ** 63n - 1n;
const MIN_AMOUNT = -(2n ** 63n);
const STRICT_DECIMAL = /^(-?)(0|[1-9]\d*)(?:\.(\d+))?$/;
// Longer texts are out of range whatever they say, and need no scan.
const LONGEST_TEXT = 64;

/**
 * Whether a single amount fits the signed 64 bits that rows and messages give it. Sums may be
 * larger.
 */
export function isAmountInRange(nanos: Nanos): boolean {
  return nanos >= MIN_AMOUNT && nanos <= MAX_AMOUNT;
}

/** `1250000n` → `"0.001250000"`: always nine places, a sign only when negative. */
export function formatNanos(nanos: Nanos): string {
  const digits = (nanos < 0n ? -nanos : nanos).toString().padStart(10, '0');
  const point = digits.length - 9;
  return `${nanos < 0n ? '-' : ''}${digits.slice(0, point)}.${digits.slice(point)}`;
}

/** Reads a decimal string of at most nine places: no exponent, no leading zeros, no plus sign. */
export function parseNanos(text: string): ParseNanosOutcome {
  if (text.length > LONGEST_TEXT) return { outcome: 'refused', reason: 'amount_out_of_range' };
  const match = STRICT_DECIMAL.exec(text);
  if (!match) return { outcome: 'refused', reason: 'not_a_decimal' };
  const [, sign = '', whole = '', fraction = ''] = match;
  if (fraction.length > 9) return { outcome: 'refused', reason: 'too_many_decimals' };
  const absolute = BigInt(whole + fraction.padEnd(9, '0'));
  const nanos = sign === '-' ? -absolute : absolute;
  return isAmountInRange(nanos)
    ? { outcome: 'parsed', nanos }
    : { outcome: 'refused', reason: 'amount_out_of_range' };
}
