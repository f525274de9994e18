import { checkAmountBounds } from './amount-bound.js';
import type { CompiledModel } from './compiled-model.js';
import { afterFree, checkFreeQuantity } from './free-quantity.js';
import { limitTo } from './maximum.js';
import type { PriceModelFault } from './price-model-fault.js';
import { checkPriceModel, compileModel, type PriceModel } from './price-model.js';
import {
  checkQuantityTransform,
  transformed,
  type QuantityTransform,
} from './quantity-transform.js';

/**
 * All that decides what a cumulative quantity costs, in the order in which it applies: transform,
 * free quantity, model, maximum.
 */
export interface PriceRule {
  readonly transform?: QuantityTransform;
  /** Decimal string: units after the transform that cost nothing. */
  readonly freeQuantity?: string;
  readonly model: PriceModel;
  /** Decimal string in major units, up to nine places: a usage period costs no more. */
  readonly maximum?: string;
  /** Decimal string in major units, up to nine places: what the close of a period settles up to. */
  readonly minimum?: string;
  /** The first tier's flat fee is due at the close of a period that enters no tier. */
  readonly chargeFirstTierWhenUnused?: true;
}

/** What is wrong with a rule; nothing when it can be compiled. */
export function checkPriceRule(rule: PriceRule): PriceModelFault[] {
  const { model } = rule;
  return [
    ...checkAroundModel(rule),
    ...checkPriceModel(model).map((fault) => ({ ...fault, pointer: `/model${fault.pointer}` })),
    ...(rule.chargeFirstTierWhenUnused === undefined ? [] : checkFirstTierFee(model)),
  ];
}

/** What is wrong with what surrounds a model. */
export function checkAroundModel(rule: Omit<PriceRule, 'model'>): PriceModelFault[] {
  const { transform, freeQuantity } = rule;
  return [
    ...(transform === undefined ? [] : checkQuantityTransform(transform, '/transform')),
    ...(freeQuantity === undefined ? [] : checkFreeQuantity(freeQuantity, '/freeQuantity')),
    ...checkAmountBounds(rule, ''),
  ];
}

/** Throws on a rule that `checkPriceRule` finds fault with. */
export function compileRule(rule: PriceRule): CompiledModel {
  const [fault] = checkPriceRule(rule);
  if (fault) throw new Error(`price rule: ${fault.reason} at ${fault.pointer}`);
  const { transform, freeQuantity, model, maximum } = rule;
  const modelled = compileModel(model);
  const limited = maximum === undefined ? modelled : limitTo(modelled, maximum);
  const paid = freeQuantity === undefined ? limited : afterFree(limited, freeQuantity);
  return transform === undefined ? paid : transformed(paid, transform);
}

function checkFirstTierFee(model: PriceModel): PriceModelFault[] {
  const fee = 'tiers' in model ? model.tiers[0]?.flatFee : undefined;
  return fee === undefined
    ? [{ reason: 'no_first_tier_fee', pointer: '/chargeFirstTierWhenUnused' }]
    : [];
}
