import { z } from 'zod';

const columns = z.record(z.string(), z.string().nullable());

/** What rating's replay prints on stdout. */
export const replayReport = z.object({
  records: z.number(),
  stored: z.number(),
  replayed: z.number(),
  identical: z.number(),
  differing: z.number(),
  missing: z.number(),
  extra: z.number(),
  first: z.array(
    z.object({
      charge: z.string(),
      what: z.enum(['differing', 'missing', 'extra']),
      columns: z.array(z.string()),
      stored: columns.optional(),
      replayed: columns.optional(),
    }),
  ),
  statements: z.object({
    sealed: z.number(),
    identical: z.number(),
    differing: z.number(),
    missing: z.number(),
    first: z.array(
      z.object({
        statement: z.string(),
        tenant: z.string(),
        customer: z.string(),
        currency: z.string(),
        from: z.string(),
        to: z.string(),
        what: z.string(),
        charge: z.string().optional(),
        stored: z.string().optional(),
        replayed: z.string().optional(),
      }),
    ),
  }),
});

export type ReplayReport = z.output<typeof replayReport>;

/** Whether charges and statements all are what the log says. */
export function isIdentical({ differing, missing, extra, statements }: ReplayReport): boolean {
  return differing + missing + extra + statements.differing + statements.missing === 0;
}
