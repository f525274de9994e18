import { z } from 'zod';
import { pageQuery } from '@farthing/adapters/http/cursor';
import { idText, instant } from '../query-fields.js';

const pointer = z.string().max(255);
const CANDIDATES_MAX = 1_000;

/** Shaped like catalog's price document; what its rule may hold is for the linter to say. */
const candidate = z.strictObject({
  key: z.string().max(64),
  meter: z.string().max(64),
  currency: z.string().max(3),
  effectiveFrom: z.string().max(64),
  description: z.string().max(500),
  taxCategory: z.string().max(64).optional(),
  transform: z.unknown().optional(),
  freeQuantity: z.unknown().optional(),
  model: z.looseObject({ kind: z.string() }),
  maximum: z.unknown().optional(),
  minimum: z.unknown().optional(),
  chargeFirstTierWhenUnused: z.unknown().optional(),
  split: z
    .array(
      z.strictObject({
        creator: z.union([
          z.strictObject({ property: pointer }),
          z.strictObject({ id: z.string().max(255) }),
        ]),
        shareBps: z.number(),
      }),
    )
    .optional(),
});

export const reRatingBody = z
  .strictObject({
    /** Half-open, of what `by` says. */
    from: instant,
    to: instant,
    by: z.enum(['occurredAt', 'usagePeriod']).default('occurredAt'),
    customer: idText.optional(),
    price: idText.optional(),
    /** Price versions that are taken for catalog's newest of their keys. */
    candidates: z.array(candidate).max(CANDIDATES_MAX).default([]),
  })
  .refine(({ from, to }) => from < to, {
    message: 'must be after `from`',
    path: ['to'],
    params: { code: 'empty_period' },
  });

export const reRatingParams = z.object({ id: z.string().max(64) });

export const sumsQuery = pageQuery.extend({
  of: z.enum(['customer', 'creator', 'price']),
});

export const differencesQuery = pageQuery.extend({ customer: idText.optional() });

/** By the size of the difference, then by name and currency. */
export const sumsCursor = z.tuple([z.string().regex(/^\d{1,38}$/), z.string(), z.string()]);

/** Which row of differences, and which of its charges, from 1. */
export const differencesCursor = z.tuple([z.int().min(0), z.int().min(0)]);
