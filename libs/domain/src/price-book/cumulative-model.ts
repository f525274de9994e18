import type { CompiledModel } from '../pricing/compiled-model.js';
import { compileRule, type PriceRule } from '../pricing/price-rule.js';

/**
 * A rule without a fault as a function of the cumulative quantity; undefined where something else
 * decides what use costs, such as the amount of each event. Asked of what was compiled and not of
 * the kind, so that a new kind of model needs no line here.
 */
export function cumulativeModel(rule: PriceRule): CompiledModel | undefined {
  const compiled: object = compileRule(rule);
  return 'numeratorAt' in compiled ? (compiled as CompiledModel) : undefined;
}
