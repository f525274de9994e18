import type { MessageInitShape } from '@bufbuild/protobuf';
import type { AmountOnEventPrice } from '@farthing/domain/pricing/amount-on-event-price';
import type { EventModel } from '@farthing/domain/pricing/event-price';
import type { PercentageTerms, PercentageTier } from '@farthing/domain/pricing/percentage-price';
import type {
  AmountOnEvent as AmountOnEventMessage,
  PercentageTerms as TermsMessage,
  PercentageTier as TierMessage,
  Price as PriceMessage,
  PriceSchema,
} from '../generated/farthing/catalog/v1/catalog_pb.js';
import { UnknownRecordError } from '../wire/usage-record.js';

type ModelMessage = PriceMessage['model'];

/** The models of what an event carries, by the name that they have on the wire. */
export type EventModelMessage = Extract<
  ModelMessage,
  { case: 'percentage' | 'graduatedPercentage' | 'amountOnEvent' }
>;

export function eventModelFromMessage(model: EventModelMessage): EventModel {
  switch (model.case) {
    case 'percentage': {
      const { rate, terms } = model.value;
      return { kind: 'percentage', rate, ...termsFromMessage(terms) };
    }
    case 'graduatedPercentage': {
      const { tiers, terms } = model.value;
      return {
        kind: 'graduated_percentage',
        tiers: tiers.map(tierFromMessage),
        ...termsFromMessage(terms),
      };
    }
    case 'amountOnEvent':
      return amountOnEventFromMessage(model.value);
  }
}

export function eventModelToMessage(
  model: EventModel,
): NonNullable<MessageInitShape<typeof PriceSchema>['model']> {
  switch (model.kind) {
    case 'percentage':
      return { case: 'percentage', value: { rate: model.rate, terms: termsToMessage(model) } };
    case 'graduated_percentage':
      return {
        case: 'graduatedPercentage',
        value: { tiers: model.tiers.map(tierToMessage), terms: termsToMessage(model) },
      };
    case 'amount_on_event':
      return { case: 'amountOnEvent', value: amountOnEventToMessage(model) };
  }
}

function termsFromMessage(terms: TermsMessage | undefined): PercentageTerms {
  if (!terms) throw new UnknownRecordError('a percentage has no terms');
  const { fixed, minimum, maximum, freeAmount, freeEvents } = terms;
  return {
    ...(fixed === '' ? {} : { fixed }),
    ...(minimum === '' ? {} : { minimum }),
    ...(maximum === '' ? {} : { maximum }),
    ...(freeAmount === '' ? {} : { freeAmount }),
    ...(freeEvents === undefined ? {} : { freeEvents: Number(freeEvents) }),
  };
}

function termsToMessage(terms: PercentageTerms) {
  const { fixed, minimum, maximum, freeAmount, freeEvents } = terms;
  return {
    fixed: fixed ?? '',
    minimum: minimum ?? '',
    maximum: maximum ?? '',
    freeAmount: freeAmount ?? '',
    ...(freeEvents === undefined ? {} : { freeEvents: BigInt(freeEvents) }),
  };
}

function tierFromMessage({ upTo, rate, flatFee }: TierMessage): PercentageTier {
  return {
    ...(upTo === '' ? {} : { upTo }),
    rate,
    ...(flatFee === '' ? {} : { flatFee }),
  };
}

function tierToMessage({ upTo = '', rate, flatFee = '' }: PercentageTier) {
  return { upTo, rate, flatFee };
}

function amountOnEventFromMessage(message: AmountOnEventMessage): AmountOnEventPrice {
  const { minimum, maximum, suggestions, markup } = message;
  return {
    kind: 'amount_on_event',
    ...(minimum === '' ? {} : { minimum }),
    ...(maximum === '' ? {} : { maximum }),
    ...(suggestions.length === 0 ? {} : { suggestions }),
    ...(markup === '' ? {} : { markup }),
  };
}

function amountOnEventToMessage(price: AmountOnEventPrice) {
  const { minimum = '', maximum = '', suggestions = [], markup = '' } = price;
  return { minimum, maximum, suggestions: [...suggestions], markup };
}
