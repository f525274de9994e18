import { parseDecimal, type Decimal } from '../money/decimal.js';
import type { PriceModelFault } from './price-model-fault.js';

/** Faults of one decimal in a model: not readable, or below zero. */
export function checkUnitPrice(text: string, pointer: string): PriceModelFault[] {
  const parsed = parseDecimal(text);
  if (parsed.outcome === 'refused') return [{ reason: parsed.reason, pointer }];
  return parsed.decimal.mantissa < 0n ? [{ reason: 'negative_price', pointer }] : [];
}

/** Throws on text that `checkUnitPrice` finds fault with. */
export function unitPrice(text: string): Decimal {
  const parsed = parseDecimal(text);
  if (parsed.outcome === 'refused') throw new Error(`price ${text}: ${parsed.reason}`);
  return parsed.decimal;
}
