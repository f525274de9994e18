import { parseNanos, type Nanos } from '../money/nanos.js';
import type { PriceModelFault } from './price-model-fault.js';

/** Two bounds of an amount, either of which may be absent: decimal strings of up to nine places. */
export interface AmountBounds {
  readonly minimum?: string;
  readonly maximum?: string;
}

export function checkAmount(text: string, pointer: string): PriceModelFault[] {
  const parsed = parseNanos(text);
  if (parsed.outcome === 'refused') return [{ reason: parsed.reason, pointer }];
  return parsed.nanos < 0n ? [{ reason: 'negative_amount', pointer }] : [];
}

/** Faults of each bound or, when both can be read, of their order. */
export function checkAmountBounds(
  { minimum, maximum }: AmountBounds,
  pointer: string,
): PriceModelFault[] {
  const faults = [
    ...(minimum === undefined ? [] : checkAmount(minimum, `${pointer}/minimum`)),
    ...(maximum === undefined ? [] : checkAmount(maximum, `${pointer}/maximum`)),
  ];
  if (faults.length > 0 || minimum === undefined || maximum === undefined) return faults;
  return amountOf(minimum) > amountOf(maximum)
    ? [{ reason: 'minimum_above_maximum', pointer: `${pointer}/minimum` }]
    : [];
}

/** Throws on text that `checkAmount` finds fault with. */
export function amountOf(text: string): Nanos {
  const parsed = parseNanos(text);
  if (parsed.outcome === 'refused') throw new Error(`amount ${text}: ${parsed.reason}`);
  return parsed.nanos;
}
