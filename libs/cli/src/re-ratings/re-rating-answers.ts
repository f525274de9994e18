import { z } from 'zod';

const amounts = {
  currency: z.string(),
  charges: z.number(),
  changed: z.number(),
  before: z.string(),
  after: z.string(),
  difference: z.string(),
};

export const reRatingSchema = z.looseObject({
  id: z.string(),
  state: z.enum(['queued', 'running', 'finished', 'failed', 'applying', 'applied']),
  from: z.string(),
  to: z.string(),
  progress: z.object({ customers: z.object({ done: z.number(), of: z.number() }) }),
  charges: z.number(),
  changed: z.number(),
  prices: z.array(z.object({ price: z.string(), ...amounts })),
  notReRated: z.array(
    z.object({
      reason: z.string(),
      sentence: z.string(),
      currency: z.string(),
      charges: z.number(),
      amount: z.string(),
    }),
  ),
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
export type Difference = z.infer<typeof differenceSchema>;
