import { checkEventRule, isEventModel, type EventModel } from './event-price.js';
import { eventModelInWords } from './event-price-in-words.js';
import { cellOf, checkMatrixPrice, OTHER_CELL, type MatrixPrice } from './matrix-price.js';
import type { PriceModel } from './price-model.js';
import type { PriceModelFault } from './price-model-fault.js';
import { maximumInWords, minimumInWords, priceInWords, wordsAround } from './price-in-words.js';
import { checkAroundModel, checkPriceRule, type PriceRule } from './price-rule.js';
import {
  checkUnlockRule,
  unlockedItemPrice,
  unlockInWords,
  type UnlockPrice,
} from './unlock-price.js';

/**
 * A rule as a price has it: of one cumulative quantity, of one for each cell, of what is unlocked, or
 * of the amount on each event.
 */
export interface AnyPriceRule extends Omit<PriceRule, 'model'> {
  readonly model: PriceModel | MatrixPrice | UnlockPrice | EventModel;
}

/** The rule of a price alone. What the price does not say is absent, not undefined. */
export function ruleOf(rule: AnyPriceRule): AnyPriceRule {
  const { transform, freeQuantity, model, maximum, minimum, chargeFirstTierWhenUnused } = rule;
  return {
    ...(transform === undefined ? {} : { transform }),
    ...(freeQuantity === undefined ? {} : { freeQuantity }),
    model,
    ...(maximum === undefined ? {} : { maximum }),
    ...(minimum === undefined ? {} : { minimum }),
    ...(chargeFirstTierWhenUnused === undefined ? {} : { chargeFirstTierWhenUnused }),
  };
}

/** Whether one cumulative quantity decides all of it. */
export function isCumulative(rule: AnyPriceRule): rule is PriceRule {
  return isCumulativeModel(rule.model);
}

function isCumulativeModel(model: AnyPriceRule['model']): model is PriceModel {
  return model.kind !== 'matrix' && model.kind !== 'unlock' && !isEventModel(model);
}

/** What is wrong with a rule; nothing when it can be compiled. */
export function checkAnyPriceRule(rule: AnyPriceRule): PriceModelFault[] {
  const { model, ...around } = rule;
  if (isCumulativeModel(model)) return checkPriceRule({ ...around, model });
  return [
    ...checkAroundModel(around),
    ...checkModelIn(around, model),
    ...(around.chargeFirstTierWhenUnused === undefined
      ? []
      : [{ reason: 'no_first_tier_fee', pointer: '/chargeFirstTierWhenUnused' } as const]),
  ];
}

function checkModelIn(
  around: Omit<PriceRule, 'model'>,
  model: Exclude<AnyPriceRule['model'], PriceModel>,
): PriceModelFault[] {
  if (isEventModel(model)) return checkEventRule(model, around);
  if (model.kind === 'unlock') return checkUnlockRule(model, around);
  return checkMatrixPrice(model).map((fault) => ({ ...fault, pointer: `/model${fault.pointer}` }));
}

/**
 * What prices the quantity of a cell, or of an unlock what it opened; '' is the cell of a rule that has none. Throws on an
 * unknown cell, and on a price per event: no quantity has a cost by it.
 */
export function ruleOfCell(rule: AnyPriceRule, cell: string): PriceRule {
  const { model, ...around } = rule;
  if (isEventModel(model)) throw new Error(`${model.kind} is priced per event`);
  if (model.kind === 'unlock') return { ...around, model: unlockedItemPrice(model) };
  if (model.kind !== 'matrix') return { ...around, model };
  const found =
    cell === OTHER_CELL
      ? model.default
      : model.cells.find(({ values }) => cellOf(values) === cell)?.model;
  if (found === undefined) throw new Error(`the price has no cell ${cell}`);
  return { ...around, model: found };
}

/** How a price is read, a sentence each; of a matrix cell by cell. */
export function anyPriceInWords(rule: AnyPriceRule): string[] {
  const { model, minimum, ...around } = rule;
  const least = minimum === undefined ? [] : [minimumInWords(minimum)];
  if (isEventModel(model)) {
    const { maximum } = around;
    const most = maximum === undefined ? [] : [maximumInWords(maximum)];
    return [...eventModelInWords(model), ...most, ...least];
  }
  if (model.kind === 'unlock') return [...wordsAround(around, unlockInWords(model)), ...least];
  if (model.kind !== 'matrix') return [...priceInWords({ ...around, model }), ...least];
  const cells = model.cells.flatMap(({ values, model: ofCell }) => {
    const where = model.dimensions.map((name) => `${name} is ${values[name]}`).join(' and ');
    return priceInWords({ ...around, model: ofCell }).map((words) => `Where ${where}: ${words}`);
  });
  if (model.default === undefined) return [...cells, 'Anything else is refused.', ...least];
  const others = priceInWords({ ...around, model: model.default });
  return [
    ...cells,
    ...others.map((words) => `Anything else, all of it together: ${words}`),
    ...least,
  ];
}
