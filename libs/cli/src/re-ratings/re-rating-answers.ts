import { z } from 'zod';

const amounts = {
  currency: z.string(),
  charges: z.number(),
  changed: z.number(),
  before: z.string(),
  after: z.string(),
  difference: z.string(),
};

const why = z.object({
  reason: z.string(),
  sentence: z.string(),
  currency: z.string(),
  charges: z.number(),
  amount: z.string(),
});

export const reRatingSchema = z.looseObject({
  id: z.string(),
  state: z.enum(['queued', 'running', 'finished', 'failed', 'applying', 'applied']),
  from: z.string(),
  to: z.string(),
  progress: z.object({ customers: z.object({ done: z.number(), of: z.number() }) }),
  charges: z.number(),
  changed: z.number(),
  prices: z.array(z.object({ price: z.string(), ...amounts })),
  notReRated: z.array(why),
  /** What became of applying it. */
  application: z
    .object({
      charges: z.number(),
      records: z.object({ written: z.number(), applied: z.number() }),
      adjusted: z.number(),
      leftOut: z.number(),
      leftOutCharges: z.array(z.string()),
    })
    .optional(),
  fault: z.string().optional(),
});
export type ReRating = z.infer<typeof reRatingSchema>;

const sum = z.object({
  customer: z.string().optional(),
  creator: z.string().optional(),
  ...amounts,
});
export type Sum = z.infer<typeof sum>;

export const sumSchema = z.object({ items: z.array(sum) });

export const differenceSchema = z.object({
  charge: z.string(),
  customer: z.string(),
  price: z.string(),
  priceVersion: z.number(),
  cell: z.record(z.string(), z.string()).optional(),
  usageFrom: z.string(),
  currency: z.string(),
  before: z.string(),
  after: z.string(),
  difference: z.string(),
});

/** What a diff from the log comes to. */
export const logDiffReport = z.object({
  catalogVersion: z.number(),
  /** Of the log, that were rated again. */
  records: z.number(),
  charges: z.number(),
  changed: z.number(),
  kinds: z.object({ otherwise: z.number(), notCharged: z.number(), chargedAnew: z.number() }),
  prices: z.array(z.object({ tenant: z.string(), price: z.string(), ...amounts })),
  customers: z.array(z.object({ tenant: z.string(), customer: z.string(), ...amounts })),
  creators: z.array(z.object({ tenant: z.string(), creator: z.string(), ...amounts })),
  notReRated: z.array(why),
  notCharged: z.array(why),
  notMetered: z.array(
    z.object({
      tenant: z.string(),
      code: z.string(),
      pointer: z.string(),
      events: z.number(),
      first: z.object({ source: z.string(), id: z.string() }),
    }),
  ),
});
export type LogDiffReport = z.infer<typeof logDiffReport>;

const logDifference = differenceSchema.extend({
  what: z.enum(['changed', 'not_charged', 'charged_anew']),
  quantityBefore: z.string(),
  quantityAfter: z.string(),
  tenant: z.string(),
  source: z.string(),
  event: z.string(),
});
export type LogDifference = z.infer<typeof logDifference>;

/** A line of the program's output: a charge that would be otherwise or, at the end, the report. */
export const logDiffLine = z.union([
  z.object({ difference: logDifference }),
  z.object({ report: logDiffReport }),
]);
