import { formatDecimal, parseDecimal } from '../money/decimal.js';
import type { PriceModelFault } from './price-model-fault.js';
import { unitPrice } from './unit-price.js';

/** A hundredth has two more places, and a unit price has 18. */
const MOST_DECIMALS = 16;

/** Faults of a rate in per cent: a decimal string of up to 16 places, above 100 for a markup. */
export function checkPercentRate(text: string, pointer: string): PriceModelFault[] {
  const parsed = parseDecimal(text);
  if (parsed.outcome === 'refused') return [{ reason: parsed.reason, pointer }];
  const { mantissa, scale } = parsed.decimal;
  if (mantissa < 0n) return [{ reason: 'negative_rate', pointer }];
  return scale > MOST_DECIMALS ? [{ reason: 'too_many_decimals', pointer }] : [];
}

/** `2.9` per cent of an amount is a unit price of `0.029`: each unit of money costs so much. */
export function unitPriceOfRate(rate: string): string {
  const { mantissa, scale } = unitPrice(rate);
  return formatDecimal({ mantissa, scale: scale + 2 });
}
