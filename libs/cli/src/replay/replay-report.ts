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
});

export type ReplayReport = z.output<typeof replayReport>;
