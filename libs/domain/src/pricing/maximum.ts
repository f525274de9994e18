import { amountOf } from './amount-bound.js';
import type { CompiledModel } from './compiled-model.js';

/** `min(cost(q), maximum)`. The maximum is an amount: a decimal string of up to nine places. */
export function limitTo(model: CompiledModel, maximum: string): CompiledModel {
  const most = amountOf(maximum) * model.denominator;
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
