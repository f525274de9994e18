import { z } from 'zod';
import { parseMicros } from '@farthing/domain/period/micros';

/** An id of a customer, source or event, as the doors accept it. */
export const idText = z
  .string()
  .min(1)
  .max(2_048)
  .refine((text) => !text.includes('\u0000'), 'must hold no NUL');

export const chargeParams = z.object({ id: z.string().max(100) });

/** Why somebody corrects something, for whoever reads it later. */
export const reasonText = z
  .string()
  .min(1)
  .max(500)
  .refine((text) => text.isWellFormed() && !text.includes('\u0000'), 'must be text without NUL');

/** RFC 3339 → microseconds since 1970. */
export const instant = z.string().transform((text, context) => {
  const parsed = parseMicros(text);
  if (parsed.outcome === 'parsed') return parsed.micros;
  context.addIssue({
    code: 'custom',
    message: 'must be an RFC 3339 timestamp, such as "2026-01-31T00:00:00Z"',
    params: { code: parsed.reason },
  });
  return z.NEVER;
});

/** A position in a cursor: partition, offset, index. */
export const positionCursor = z.tuple([
  z.int().min(0),
  z.string().regex(/^\d{1,19}$/),
  z.int().min(0),
]);
