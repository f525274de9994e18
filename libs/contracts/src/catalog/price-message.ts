import type { MessageInitShape } from '@bufbuild/protobuf';
import type { Price } from '@farthing/domain/pricing/price';
import type {
  Price as PriceMessage,
  PriceSchema,
  SplitShare,
} from '../generated/farthing/catalog/v1/catalog_pb.js';
import { priceRuleFromMessage, priceRuleToMessage } from './price-rule-message.js';

export function priceFromMessage(message: PriceMessage): Price {
  return {
    tenant: message.tenant,
    key: message.key,
    version: message.version,
    meterKey: message.meter,
    currency: message.currency,
    ...priceRuleFromMessage(message),
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
    ...priceRuleToMessage(price),
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
