/** An exact quantity in units of 1e-9: one article is `1_000_000_000n`. */
export type Quantity = bigint;

export type QuantityRefusalReason =
  | 'value_missing'
  | 'not_a_number'
  | 'number_not_exact'
  | 'negative_quantity'
  | 'too_many_decimals'
  | 'quantity_out_of_range';

export type ParseQuantityOutcome =
  | { readonly outcome: 'parsed'; readonly quantity: Quantity }
  | { readonly outcome: 'refused'; readonly reason: QuantityRefusalReason };

/** A quantity as the wire carries it: `mantissa × 10^-scale`, scale 0 to 9, no trailing zeros. */
export interface QuantityMantissa {
  readonly mantissa: bigint;
  readonly scale: number;
}

export const ONE: Quantity = 1_000_000_000n;

/** 27 digits before the point: what numeric(38,9) and a rated message both hold. */
export const MAX_CUMULATIVE_QUANTITY: Quantity = 10n ** 36n - 1n;

const MAX_MANTISSA = 2n ** 63n - 1n;
const STRICT_DECIMAL = /^(-?)(0|[1-9]\d*)(?:\.(\d+))?$/;
const LONGEST_TEXT = 64;

/**
 * Reads what an event carries: a decimal string, or a JSON integer that a double holds exactly. A
 * fraction must be a string, since `0.1` is already another number by the time that it is parsed.
 */
export function parseQuantity(value: unknown): ParseQuantityOutcome {
  if (typeof value === 'number') return fromNumber(value);
  if (typeof value === 'string') return fromText(value);
  return refused(value === undefined ? 'value_missing' : 'not_a_number');
}

/** `1500000000n` → `"1.5"`: no trailing zeros, for people. */
export function formatQuantity(quantity: Quantity): string {
  const text = canonicalQuantity(quantity);
  return text.replace(/\.?0+$/, '');
}

/** `1500000000n` → `"1.500000000"`: nine places, for canonical bytes. */
export function canonicalQuantity(quantity: Quantity): string {
  const digits = (quantity < 0n ? -quantity : quantity).toString().padStart(10, '0');
  const point = digits.length - 9;
  return `${quantity < 0n ? '-' : ''}${digits.slice(0, point)}.${digits.slice(point)}`;
}

export function mantissaOfQuantity(quantity: Quantity): QuantityMantissa {
  if (quantity % ONE === 0n) return { mantissa: quantity / ONE, scale: 0 };
  let mantissa = quantity;
  let scale = 9;
  while (mantissa % 10n === 0n) {
    mantissa /= 10n;
    scale -= 1;
  }
  return { mantissa, scale };
}

export function quantityOfMantissa({ mantissa, scale }: QuantityMantissa): Quantity {
  return scale === 0 ? mantissa * ONE : mantissa * 10n ** BigInt(9 - scale);
}

function fromNumber(value: number): ParseQuantityOutcome {
  if (Number.isNaN(value)) return refused('not_a_number');
  if (value < 0) return refused('negative_quantity');
  // JSON.parse reads 1e309 as Infinity.
  if (value === Infinity) return refused('quantity_out_of_range');
  if (!Number.isSafeInteger(value)) return refused('number_not_exact');
  return { outcome: 'parsed', quantity: BigInt(value) * ONE };
}

function fromText(text: string): ParseQuantityOutcome {
  const match = STRICT_DECIMAL.exec(text);
  if (!match) return refused('not_a_number');
  const [, sign = '', whole = '', fraction = ''] = match;
  if (sign === '-' && /[1-9]/.test(text)) return refused('negative_quantity');
  if (fraction.length > 9) return refused('too_many_decimals');
  if (text.length > LONGEST_TEXT) return refused('quantity_out_of_range');
  const quantity = BigInt(whole + fraction.padEnd(9, '0'));
  if (mantissaOfQuantity(quantity).mantissa > MAX_MANTISSA) return refused('quantity_out_of_range');
  return { outcome: 'parsed', quantity };
}

function refused(reason: QuantityRefusalReason): ParseQuantityOutcome {
  return { outcome: 'refused', reason };
}
