import { formatDecimal, type Decimal } from '../money/decimal.js';

/** An exact decimal without trailing zeros after the point, for people. */
export function shortDecimal(decimal: Decimal): string {
  const text = formatDecimal(decimal);
  return text.includes('.') ? text.replace(/\.?0+$/, '') : text;
}
