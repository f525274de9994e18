import { mantissaAt } from '../money/decimal.js';
import { amountOf } from '../pricing/amount-bound.js';
import type { AnyPriceRule } from '../pricing/any-price-rule.js';
import { modelQuantity } from '../pricing/model-quantity.js';
import { compileRule } from '../pricing/price-rule.js';
import type { PriceModel } from '../pricing/price-model.js';
import { unitPrice as parsedPrice } from '../pricing/unit-price.js';
import { bookFinding, type BookFinding } from './book-finding.js';

/** Any tier of any model: what it costs is a price, or a rate of an amount. */
interface AnyTier {
  readonly upTo?: string;
  readonly unitPrice?: string;
  readonly rate?: string;
  readonly blockSize?: string;
}

interface TieredModel {
  readonly pointer: string;
  /** Undefined of a rate, which has no rebates and is cut by no maximum. */
  readonly model: PriceModel | undefined;
  readonly tiers: readonly AnyTier[];
}

/**
 * What is odd about the tiers of a rule without a fault, wherever in its model they are: those of a
 * cell are judged like those of a price.
 */
export function lintTiers(rule: AnyPriceRule): BookFinding[] {
  return tieredModels(rule.model, '/model').flatMap((tiered) => [
    ...dearerTiers(tiered),
    ...costAtBounds(tiered, rule.maximum),
  ]);
}

function tieredModels(value: unknown, pointer: string): TieredModel[] {
  if (typeof value !== 'object' || value === null) return [];
  if ('kind' in value && 'tiers' in value) {
    const model = value.kind === 'graduated_percentage' ? undefined : (value as PriceModel);
    return [{ pointer, model, tiers: value.tiers as AnyTier[] }];
  }
  return Object.entries(value).flatMap(([name, member]) =>
    tieredModels(member, `${pointer}/${name}`),
  );
}

/** A tier that is dearer by the unit than the cheapest before it. */
function dearerTiers({ tiers, pointer }: TieredModel): BookFinding[] {
  const findings: BookFinding[] = [];
  let cheapest: AnyTier | undefined;
  tiers.forEach((tier, at) => {
    const isDearer = cheapest !== undefined && comparePrices(tier, cheapest) > 0n;
    if (isDearer) findings.push(bookFinding('later_tier_dearer', `${pointer}/tiers/${at}`));
    else cheapest = tier;
  });
  return findings;
}

/** Above zero when a unit in `a` costs more than one in `b`: as fractions, nothing is divided. */
function comparePrices(a: AnyTier, b: AnyTier): bigint {
  return priceMantissa(a) * sizeOf(b) - priceMantissa(b) * sizeOf(a);
}

function priceMantissa({ unitPrice, rate }: AnyTier): bigint {
  return mantissaAt(parsedPrice(unitPrice ?? rate ?? '0'), 18);
}

function sizeOf({ blockSize }: AnyTier): bigint {
  return modelQuantity(blockSize ?? '1');
}

/** Inside a tier the cost only rises, so a rebate and a maximum show at its lower bound. */
function costAtBounds({ model, tiers, pointer }: TieredModel, maximum?: string): BookFinding[] {
  if (model === undefined) return [];
  const { numeratorAt, denominator } = compileRule({ model });
  const most = maximum === undefined ? undefined : amountOf(maximum) * denominator;
  return tiers.slice(1).flatMap((_, below) => {
    const bound = modelQuantity(tiers[below]?.upTo ?? '0');
    const [onIt, above] = [numeratorAt(bound), numeratorAt(bound + 1n)];
    const place = `${pointer}/tiers/${below + 1}`;
    return [
      ...(above < onIt ? [bookFinding('volume_rebate', place)] : []),
      ...(most !== undefined && onIt >= most && above >= most
        ? [bookFinding('tier_unreachable', place)]
        : []),
    ];
  });
}
