import { parseNanos } from '../money/nanos.js';
import type { CompiledModel } from './compiled-model.js';
import type { PriceModelFault } from './price-model-fault.js';

export function checkMaximum(text: string, pointer: string): PriceModelFault[] {
  const parsed = parseNanos(text);
  if (parsed.outcome === 'refused') return [{ reason: parsed.reason, pointer }];
  return parsed.nanos < 0n ? [{ reason: 'negative_amount', pointer }] : [];
}

/** `min(cost(q), maximum)`. The maximum is an amount: a decimal string of up to nine places. */
export function limitTo(model: CompiledModel, maximum: string): CompiledModel {
  const parsed = parseNanos(maximum);
  if (parsed.outcome === 'refused') throw new Error(`maximum ${maximum}: ${parsed.reason}`);
  const most = parsed.nanos * model.denominator;
  const excessOf = (numerator: bigint) => (numerator > most ? numerator - most : 0n);
  return {
    ...model,
    numeratorAt: (quantity) => {
      const numerator = model.numeratorAt(quantity);
      return numerator > most ? most : numerator;
    },
    partsBetween: (low, high) => {
      const parts = model.partsBetween(low, high);
      const growth = excessOf(model.numeratorAt(high)) - excessOf(model.numeratorAt(low));
      if (growth === 0n) return parts;
      const decimal = { mantissa: growth, scale: model.scale };
      return [...parts, { kind: 'above_maximum', maximum, growth: decimal }];
    },
  };
}
