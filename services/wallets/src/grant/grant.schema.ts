import { parseNanos } from '@farthing/domain/money/nanos';
import { z } from 'zod';
import { id, instant } from '../field-schemas.js';

/** An id as every door accepts it. */
export const idParam = z.object({ id });

/** A decimal string above zero → nanos. */
const positiveAmount = z.string().transform((text, context) => {
  const parsed = parseNanos(text);
  const reason = parsed.outcome === 'refused' ? parsed.reason : 'amount_not_positive';
  if (parsed.outcome === 'parsed' && parsed.nanos > 0n) return parsed.nanos;
  context.addIssue({
    code: 'custom',
    message: `not an amount: ${reason}`,
    params: { code: reason },
  });
  return z.NEVER;
});

/** The body of `POST /v1/customers/{id}/grants`. */
export const grantBody = z.strictObject({
  amount: z.strictObject({ amount: positiveAmount, currency: z.string().regex(/^[A-Z]{3}$/) }),
  kind: z.enum(['paid', 'promotional']),
  priority: z.int().min(0).max(1_000_000).default(100),
  effectiveFrom: instant.optional(),
  expiresAt: instant.optional(),
});

export type GrantBody = z.output<typeof grantBody>;

/** `?limit=&after=` of every list of wallets. */
export const listQuery = z.object({
  limit: z.coerce.number().int().min(1).max(1_000).default(100),
  after: z.string().max(1_024).optional(),
});

export type ListQuery = z.output<typeof listQuery>;
