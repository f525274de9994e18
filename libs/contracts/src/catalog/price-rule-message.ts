import type { MessageInitShape } from '@bufbuild/protobuf';
import type { PriceModel } from '@farthing/domain/pricing/price-model';
import type { AnyPriceRule } from '@farthing/domain/pricing/any-price-rule';
import type { MatrixPrice } from '@farthing/domain/pricing/matrix-price';
import type { QuantityTransform } from '@farthing/domain/pricing/quantity-transform';
import type { Tier } from '@farthing/domain/pricing/tier';
import type { UnlockPrice } from '@farthing/domain/pricing/unlock-price';
import { QuantityRounding } from '../generated/farthing/catalog/v1/catalog_pb.js';
import type {
  CellModel,
  CellModelSchema,
  Matrix as MatrixMessage,
  Price as PriceMessage,
  PriceSchema,
  QuantityTransform as QuantityTransformMessage,
  Tier as TierMessage,
  Unlock as UnlockMessage,
} from '../generated/farthing/catalog/v1/catalog_pb.js';
import { UnknownRecordError } from '../wire/usage-record.js';
import { eventModelFromMessage, eventModelToMessage } from './event-model-message.js';
import { named, numbered } from './schedule-message.js';

type PriceInit = MessageInitShape<typeof PriceSchema>;

export function priceRuleFromMessage(message: PriceMessage): AnyPriceRule {
  const { transform, freeQuantity, maximum, minimum, chargeFirstTierWhenUnused } = message;
  return {
    ...(transform === undefined ? {} : { transform: transformFromMessage(transform) }),
    ...(freeQuantity === '' ? {} : { freeQuantity }),
    model: anyModelFromMessage(message.model),
    ...(maximum === '' ? {} : { maximum }),
    ...(minimum === '' ? {} : { minimum }),
    ...(chargeFirstTierWhenUnused ? { chargeFirstTierWhenUnused } : {}),
  };
}

export function priceRuleToMessage(rule: AnyPriceRule) {
  const { transform, freeQuantity = '', model, maximum = '', minimum = '' } = rule;
  return {
    ...(transform === undefined ? {} : { transform: transformToMessage(transform) }),
    freeQuantity,
    model: anyModelToMessage(model),
    maximum,
    minimum,
    chargeFirstTierWhenUnused: rule.chargeFirstTierWhenUnused ?? false,
  } satisfies PriceInit;
}

function anyModelFromMessage(model: PriceMessage['model']): AnyPriceRule['model'] {
  switch (model.case) {
    case 'matrix':
      return matrixFromMessage(model.value);
    case 'unlock':
      return unlockFromMessage(model.value);
    case 'percentage':
    case 'graduatedPercentage':
    case 'amountOnEvent':
      return eventModelFromMessage(model);
    default:
      return modelFromMessage(model);
  }
}

function anyModelToMessage(model: AnyPriceRule['model']): NonNullable<PriceInit['model']> {
  switch (model.kind) {
    case 'matrix':
      return { case: 'matrix', value: matrixToMessage(model) };
    case 'unlock':
      return { case: 'unlock', value: unlockToMessage(model) };
    case 'percentage':
    case 'graduated_percentage':
    case 'amount_on_event':
      return eventModelToMessage(model);
    default:
      return modelToMessage(model);
  }
}

function unlockFromMessage({ item, unitPrice, days }: UnlockMessage): UnlockPrice {
  return { kind: 'unlock', item, unitPrice, ...(days === 0 ? {} : { days }) };
}

function unlockToMessage({ item, unitPrice, days = 0 }: UnlockPrice) {
  return { item, unitPrice, days };
}

function matrixFromMessage({ dimensions, cells, other }: MatrixMessage): MatrixPrice {
  return {
    kind: 'matrix',
    dimensions,
    cells: cells.map(({ values, model }) => ({ values, model: modelFromMessage(model?.model) })),
    ...(other === undefined ? {} : { default: modelFromMessage(other.model) }),
  };
}

function matrixToMessage({ dimensions, cells, default: other }: MatrixPrice) {
  return {
    dimensions: [...dimensions],
    cells: cells.map(({ values, model }) => ({
      values: { ...values },
      model: { model: modelToMessage(model) },
    })),
    ...(other === undefined ? {} : { other: { model: modelToMessage(other) } }),
  };
}

function modelFromMessage(model: CellModel['model'] | undefined): PriceModel {
  if (!model) throw new UnknownRecordError('a cell of a price has no model');
  switch (model.case) {
    case 'perUnit':
      return { kind: 'per_unit', unitPrice: model.value.unitPrice };
    case 'graduated':
      return { kind: 'graduated', tiers: model.value.tiers.map(tierFromMessage) };
    case 'volume':
      return { kind: 'volume', tiers: model.value.tiers.map(tierFromMessage) };
    case 'package': {
      const { size, packagePrice } = model.value;
      return { kind: 'package', size, packagePrice };
    }
    case undefined:
      throw new UnknownRecordError('a price has a model that this version does not know');
  }
}

function modelToMessage(
  model: PriceModel,
): NonNullable<MessageInitShape<typeof CellModelSchema>['model']> {
  switch (model.kind) {
    case 'per_unit':
      return { case: 'perUnit', value: { unitPrice: model.unitPrice } };
    case 'graduated':
    case 'volume':
      return { case: model.kind, value: { tiers: model.tiers.map(tierToMessage) } };
    case 'package':
      return { case: 'package', value: { size: model.size, packagePrice: model.packagePrice } };
  }
}

function tierFromMessage({ upTo, unitPrice, flatFee, blockSize }: TierMessage): Tier {
  return {
    ...(upTo === '' ? {} : { upTo }),
    unitPrice,
    ...(flatFee === '' ? {} : { flatFee }),
    ...(blockSize === '' ? {} : { blockSize }),
  };
}

function tierToMessage({ upTo = '', unitPrice, flatFee = '', blockSize = '' }: Tier) {
  return { upTo, unitPrice, flatFee, blockSize };
}

const ROUNDINGS: ReadonlyArray<[QuantityRounding, QuantityTransform['round']]> = [
  [QuantityRounding.UP, 'up'],
  [QuantityRounding.DOWN, 'down'],
  [QuantityRounding.HALF_UP, 'half_up'],
];

function transformFromMessage({ divideBy, round }: QuantityTransformMessage): QuantityTransform {
  return { divideBy, round: named(ROUNDINGS, round) };
}

function transformToMessage({ divideBy, round }: QuantityTransform) {
  return { divideBy, round: numbered(ROUNDINGS, round) };
}
