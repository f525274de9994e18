import { modelQuantity } from './model-quantity.js';
import { ONE } from '../metering/quantity.js';
import { groupDigits } from './group-digits.js';
import type { PriceModel } from './price-model.js';
import type { PriceRule } from './price-rule.js';
import { transformInWords } from './quantity-transform.js';
import type { Tier } from './tier.js';

/**
 * How a price is read where readings differ, a sentence each: which tier a bound belongs to, what a
 * begun package costs, what comes before what. Amounts are in the price's currency.
 */
export function priceInWords(rule: PriceRule): string[] {
  const { model, ...around } = rule;
  const { minimum } = rule;
  const fee = rule.chargeFirstTierWhenUnused === true ? firstFeeOf(model) : undefined;
  return [
    ...wordsAround(around, { free: freeReading(model), sentences: modelInWords(model) }),
    ...(fee === undefined
      ? []
      : [`A period that enters no tier costs the first tier's fee of ${fee}, at its end.`]),
    ...(minimum === undefined ? [] : [minimumInWords(minimum)]),
  ];
}

/** How a model is read: what free units mean for it, and its own sentences. */
export interface ModelWords {
  /** Goes on after `The first 3 are free; `. */
  readonly free: string;
  readonly sentences: readonly string[];
}

/** A model's words among those of what surrounds it, in the order in which they apply. */
export function wordsAround(rule: Omit<PriceRule, 'model'>, model: ModelWords): string[] {
  const { transform, freeQuantity, maximum } = rule;
  const sentences: string[] = [];
  if (transform !== undefined) {
    sentences.push(`The cumulative quantity is ${transformInWords(transform)}, then priced.`);
  }
  if (freeQuantity !== undefined) {
    sentences.push(`The first ${groupDigits(freeQuantity)} are free; ${model.free}.`);
  }
  sentences.push(...model.sentences);
  if (maximum !== undefined) {
    sentences.push(maximumInWords(maximum));
  }
  return sentences;
}

/** Of a cell of a matrix alone, or of any other price. */
export function maximumInWords(maximum: string): string {
  return `A period costs at most ${groupDigits(maximum)}.`;
}

/** Of a price as a whole: of a matrix all cells together. */
export function minimumInWords(minimum: string): string {
  return `A period costs at least ${groupDigits(minimum)}, used or not: what is missing is added at its end.`;
}

function firstFeeOf(model: PriceModel): string | undefined {
  return 'tiers' in model ? model.tiers[0]?.flatFee : undefined;
}

function freeReading(model: PriceModel): string {
  switch (model.kind) {
    case 'per_unit':
      return 'what comes after is paid';
    case 'package':
      return 'packages count what comes after';
    case 'graduated':
    case 'volume':
      return 'tiers count what comes after';
  }
}

function modelInWords(model: PriceModel): string[] {
  switch (model.kind) {
    case 'per_unit':
      return [`Each unit costs ${model.unitPrice}.`];
    case 'package':
      return [
        `Each package of ${groupDigits(model.size)} costs ${model.packagePrice} once it is begun; ` +
          'nothing used costs nothing.',
      ];
    case 'graduated':
      return graduatedInWords(model.tiers);
    case 'volume':
      return volumeInWords(model.tiers);
  }
}

function graduatedInWords(tiers: readonly Tier[]): string[] {
  return tiers.flatMap((tier, at) => {
    const sentence = `${tierRange('Units', tiers, at)} cost ${tierPrice(tier)}${lastUnit(tier)}.`;
    if (tier.flatFee === undefined) return [sentence];
    const above = tiers[at - 1]?.upTo;
    const entry = above === undefined ? 'the first use' : `going above ${groupDigits(above)}`;
    return [sentence, `A fee of ${tier.flatFee} is added once, by ${entry}.`];
  });
}

function volumeInWords(tiers: readonly Tier[]): string[] {
  const sentences = tiers.map((tier, at) => {
    const fee = tier.flatFee === undefined ? '' : `, plus ${tier.flatFee} once`;
    return `${tierRange('All units of a total', tiers, at)} cost ${tierPrice(tier)}${fee}.`;
  });
  if (tiers.length === 1) return sentences;
  return [
    ...sentences,
    'A total on a bound is still below it. Crossing one prices all units anew: where that makes ' +
      'them cheaper together, the difference is a negative charge, the volume rebate.',
  ];
}

/** `Units above 20 up to 100`. */
export function tierRange(
  what: string,
  tiers: ReadonlyArray<{ readonly upTo?: string }>,
  at: number,
): string {
  const above = tiers[at - 1]?.upTo;
  const upTo = tiers[at]?.upTo;
  return (
    what +
    (above === undefined ? '' : ` above ${groupDigits(above)}`) +
    (upTo === undefined ? '' : ` up to ${groupDigits(upTo)}`)
  );
}

function tierPrice({ unitPrice, blockSize }: Tier): string {
  return blockSize === undefined
    ? `${unitPrice} each`
    : `${unitPrice} for each block of ${groupDigits(blockSize)} that is begun`;
}

/** Bounds are inclusive at the top, where others read them otherwise. */
function lastUnit({ upTo, unitPrice, blockSize }: Tier): string {
  if (upTo === undefined || blockSize !== undefined) return '';
  const bound = modelQuantity(upTo);
  return bound % ONE === 0n ? `: the ${ordinal(bound / ONE)} costs ${unitPrice}` : '';
}

const ORDINAL_ENDINGS: Readonly<Record<string, string>> = { 1: 'st', 2: 'nd', 3: 'rd' };

function ordinal(whole: bigint): string {
  const text = groupDigits(String(whole));
  const tens = whole % 100n;
  const teen = tens >= 11n && tens <= 13n;
  return text + ((teen ? undefined : ORDINAL_ENDINGS[text.slice(-1)]) ?? 'th');
}
