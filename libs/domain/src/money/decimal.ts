/** An exact decimal: `mantissa × 10^-scale`, without trailing zeros after the point. */
export interface Decimal {
  readonly mantissa: bigint;
  /** Digits after the point, 0 to 18. */
  readonly scale: number;
}

export type ParseDecimalOutcome =
  | { readonly outcome: 'parsed'; readonly decimal: Decimal }
  | {
      readonly outcome: 'refused';
      readonly reason: 'not_a_decimal' | 'too_many_decimals' | 'decimal_out_of_range';
    };

/** A token costs less than a nano-dollar, so unit prices have more places than amounts. */
const MOST_DECIMALS = 18;
const MOST_WHOLE_DIGITS = 18;
const STRICT_DECIMAL = /^(-?)(0|[1-9]\d*)(?:\.(\d+))?$/;

/** Reads a decimal string of at most 18 digits before and 18 after the point. */
export function parseDecimal(text: string): ParseDecimalOutcome {
  const match = STRICT_DECIMAL.exec(text);
  if (!match) return { outcome: 'refused', reason: 'not_a_decimal' };
  const [, sign = '', whole = '', fraction = ''] = match;
  if (fraction.length > MOST_DECIMALS) return { outcome: 'refused', reason: 'too_many_decimals' };
  if (whole.length > MOST_WHOLE_DIGITS) {
    return { outcome: 'refused', reason: 'decimal_out_of_range' };
  }
  const significant = fraction.replace(/0+$/, '');
  const mantissa = BigInt(whole + significant);
  return {
    outcome: 'parsed',
    decimal: { mantissa: sign === '-' ? -mantissa : mantissa, scale: significant.length },
  };
}

/** `{ mantissa: 125n, scale: 5 }` → `"0.00125"`. */
export function formatDecimal(decimal: Decimal): string {
  const { mantissa, scale } = decimal;
  const digits = (mantissa < 0n ? -mantissa : mantissa).toString().padStart(scale + 1, '0');
  const sign = mantissa < 0n ? '-' : '';
  if (scale === 0) return sign + digits;
  return `${sign}${digits.slice(0, -scale)}.${digits.slice(-scale)}`;
}

/** The mantissa at a scale that is at least the decimal's own: a multiplication, never a loss. */
export function mantissaAt(decimal: Decimal, scale: number): bigint {
  if (scale < decimal.scale)
    throw new Error(`scale ${scale} would lose digits of ${decimal.scale}`);
  return decimal.mantissa * 10n ** BigInt(scale - decimal.scale);
}
