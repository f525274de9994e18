import { z } from 'zod';
import { formatMicros } from '@farthing/domain/period/micros';
import { splitOfShares } from '@farthing/domain/price-book/price-book';
import { checkSplitRule, type Price } from '@farthing/domain/pricing/price';
import {
  anyPriceInWords,
  checkAnyPriceRule,
  ruleOf,
} from '@farthing/domain/pricing/any-price-rule';
import type { CatalogThing } from '@farthing/contracts/catalog/catalog-things';
import * as field from '../field-schemas.js';
import { parseJsonPointer } from '@farthing/domain/metering/json-pointer';
import type { StoredVersion } from '../versions/versions.repository.js';

const tier = z.strictObject({
  /** Cumulative and inclusive; the last tier leaves it out. */
  upTo: field.decimalText.optional(),
  /** Of one unit; of one block where `blockSize` is given. */
  unitPrice: field.decimalText,
  /** Added once, by what enters the tier. */
  flatFee: field.decimalText.optional(),
  /** The tier is paid by whole blocks of so many units. */
  blockSize: field.decimalText.optional(),
});
const tiers = z.array(tier).max(100);

const cumulative = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('per_unit'), unitPrice: field.decimalText }),
  z.strictObject({ kind: z.literal('graduated'), tiers }),
  z.strictObject({ kind: z.literal('volume'), tiers }),
  z.strictObject({
    kind: z.literal('package'),
    size: field.decimalText,
    packagePrice: field.decimalText,
  }),
]);

const dimensionName = field.key;

/** A model per combination of values of the meter's dimensions. */
const matrix = z.strictObject({
  kind: z.literal('matrix'),
  dimensions: z.array(dimensionName).max(20),
  cells: z
    .array(z.strictObject({ values: z.record(dimensionName, field.line(255)), model: cumulative }))
    .max(500),
  /** For every other combination; without it they are refused. */
  default: cumulative.optional(),
});

/** Paid by the first use of each item. */
const unlock = z.strictObject({
  kind: z.literal('unlock'),
  /** The meter's dimension that says which item. */
  item: dimensionName,
  unitPrice: field.decimalText,
  /** Without it an item is unlocked for ever. */
  days: z.number().optional(),
});

/** What surrounds a rate, each time for one event. */
const percentageTerms = {
  /** Added to every event that is not free. */
  fixed: field.decimalText.optional(),
  minimum: field.decimalText.optional(),
  maximum: field.decimalText.optional(),
  freeEvents: z.number().optional(),
  /** Of the amounts of a period. */
  freeAmount: field.decimalText.optional(),
};

/** Of the amount that an event carries; rates are in per cent. */
const perEvent = [
  z.strictObject({
    kind: z.literal('percentage'),
    rate: field.decimalText,
    ...percentageTerms,
  }),
  z.strictObject({
    kind: z.literal('graduated_percentage'),
    tiers: z
      .array(
        z.strictObject({
          /** Of what the amounts of the period come to; the last tier leaves it out. */
          upTo: field.decimalText.optional(),
          rate: field.decimalText,
          flatFee: field.decimalText.optional(),
        }),
      )
      .max(100),
    ...percentageTerms,
  }),
  z.strictObject({
    kind: z.literal('amount_on_event'),
    minimum: field.decimalText.optional(),
    maximum: field.decimalText.optional(),
    /** What a page offers. */
    suggestions: z.array(field.decimalText).max(20).optional(),
    /** Added on top. */
    markup: field.decimalText.optional(),
  }),
] as const;

const model = z.discriminatedUnion('kind', [...cumulative.options, matrix, unlock, ...perEvent]);

/** In the order in which they apply. */
const rule = z.strictObject({
  transform: z
    .strictObject({ divideBy: field.decimalText, round: z.enum(['up', 'down', 'half_up']) })
    .optional(),
  freeQuantity: field.decimalText.optional(),
  model,
  /** The most that a usage period costs. */
  maximum: field.decimalText.optional(),
  /** What the close of a period settles up to. */
  minimum: field.decimalText.optional(),
  /** The first tier's flat fee is due at the close of a period that enters no tier. */
  chargeFirstTierWhenUnused: z.literal(true).optional(),
});

const property = field.pointerText.superRefine((text, context) => {
  if (!parseJsonPointer(text)) field.refuse(context, 'not_a_json_pointer');
});

const share = z.strictObject({
  /** Who gets it: the creator that a property of the event names, or a fixed one. */
  creator: z.union([z.strictObject({ property }), z.strictObject({ id: field.id })]),
  /** Basis points of the charge. */
  shareBps: z.int(),
});

export const priceBody = z
  .strictObject({
    key: field.key,
    meter: field.key,
    currency: field.currency,
    effectiveFrom: field.instant,
    description: field.line(500),
    taxCategory: field.key.default('standard'),
    ...rule.shape,
    split: z.array(share).max(20).default([]),
  })
  .superRefine((body, context) => {
    for (const { reason, pointer } of checkAnyPriceRule(body)) {
      field.refuse(context, reason, pointer);
    }
    for (const { reason, pointer } of checkSplitRule(splitOfShares(body.split))) {
      field.refuse(context, reason, pointer);
    }
  });
export type PriceBody = z.output<typeof priceBody>;

/** A price without its tenant, key and version. */
export type PriceDocument = Omit<Price, 'tenant' | 'key' | 'version'>;

export function priceDocument(body: PriceBody): PriceDocument {
  return {
    meterKey: body.meter,
    currency: body.currency,
    ...ruleOf(body),
    effectiveFrom: body.effectiveFrom,
    taxCategory: body.taxCategory,
    split: splitOfShares(body.split),
    description: body.description,
  };
}

export function priceThing({ tenant, key, version, document }: StoredVersion<PriceDocument>) {
  return { kind: 'price', price: { ...document, tenant, key, version } } satisfies CatalogThing;
}

export function priceAnswer(stored: StoredVersion<PriceDocument>) {
  const { key, version, catalogVersion, document } = stored;
  return { key, version, catalogVersion, ...documentFields(document) };
}
export type PriceAnswer = ReturnType<typeof priceAnswer>;

/** What an answer says of a price besides which version it is. */
export function documentFields(document: PriceDocument) {
  return {
    meter: document.meterKey,
    currency: document.currency,
    effectiveFrom: formatMicros(document.effectiveFrom),
    description: document.description,
    taxCategory: document.taxCategory,
    ...ruleOf(document),
    /** How the rule is read, a sentence each. */
    reading: anyPriceInWords(document),
    split: document.split.map(({ creator, shareBps }) => ({
      creator: creator.kind === 'fixed' ? { id: creator.id } : { property: creator.property },
      shareBps,
    })),
  };
}
