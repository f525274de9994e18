import type { MessageInitShape } from '@bufbuild/protobuf';
import type { Price } from '@farthing/domain/pricing/price';
import type { PriceModel } from '@farthing/domain/pricing/price-model';
import type {
  Price as PriceMessage,
  PriceSchema,
  SplitShare,
} from '../generated/farthing/catalog/v1/catalog_pb.js';

export function priceFromMessage(message: PriceMessage): Price {
  return {
    tenant: message.tenant,
    key: message.key,
    version: message.version,
    meterKey: message.meter,
    currency: message.currency,
    model: modelFromMessage(message.model),
    effectiveFrom: Number(message.effectiveFromMicros),
    taxCategory: message.taxCategory,
    split: message.split.map((share) => ({
      creator: creatorFromMessage(share),
      shareBps: share.shareBps,
    })),
    description: message.description,
  };
}

export function priceToMessage(price: Price): MessageInitShape<typeof PriceSchema> {
  return {
    tenant: price.tenant,
    key: price.key,
    version: price.version,
    meter: price.meterKey,
    currency: price.currency,
    model: modelToMessage(price.model),
    effectiveFromMicros: BigInt(price.effectiveFrom),
    taxCategory: price.taxCategory,
    split: price.split.map(({ creator, shareBps }) => ({
      creator:
        creator.kind === 'fixed'
          ? { case: 'fixedId', value: creator.id }
          : { case: 'pointer', value: creator.property },
      shareBps,
    })),
    description: price.description,
  };
}

function creatorFromMessage({ creator }: SplitShare): Price['split'][number]['creator'] {
  switch (creator.case) {
    case 'fixedId':
      return { kind: 'fixed', id: creator.value };
    case 'pointer':
      return { kind: 'property', property: creator.value };
    case undefined:
      throw new Error('a split share names no creator');
  }
}

function modelFromMessage(model: PriceMessage['model']): PriceModel {
  switch (model.case) {
    case 'perUnit':
      return { kind: 'per_unit', unitPrice: model.value.unitPrice };
    case 'graduated':
      return {
        kind: 'graduated',
        tiers: model.value.tiers.map((tier) => ({
          ...(tier.upTo === '' ? {} : { upTo: tier.upTo }),
          unitPrice: tier.unitPrice,
          ...(tier.flatFee === '' ? {} : { flatFee: tier.flatFee }),
        })),
      };
    case undefined:
      throw new Error('a price has a model that this version does not know');
  }
}

function modelToMessage(model: PriceModel): MessageInitShape<typeof PriceSchema>['model'] {
  switch (model.kind) {
    case 'per_unit':
      return { case: 'perUnit', value: { unitPrice: model.unitPrice } };
    case 'graduated':
      return {
        case: 'graduated',
        value: {
          tiers: model.tiers.map((tier) => ({
            upTo: tier.upTo ?? '',
            unitPrice: tier.unitPrice,
            flatFee: tier.flatFee ?? '',
          })),
        },
      };
  }
}
