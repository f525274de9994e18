import { z } from 'zod';
import { isCurrency } from '@farthing/domain/money/currency';
import { parseNanos } from '@farthing/domain/money/nanos';
import { parseMicros } from '@farthing/domain/period/micros';
import { isTimeZone } from '@farthing/domain/period/time-zone';
import { detailOf } from './errors.js';

/** Ids of customers and creators: visible ASCII. Lone surrogates collide in UTF-8, and NUL breaks PostgreSQL. */
export const id = z
  .string()
  .regex(/^[\x21-\x7e]{1,255}$/, 'must be 1 to 255 visible ASCII characters');

/** Tenant ids name a topic. */
export const tenantId = z
  .string()
  .regex(/^[a-z0-9-]{1,40}$/, 'must be 1 to 40 lower-case letters, digits and dashes');

/** A tenant's id or its test twin's. */
export const anyTenantId = z
  .string()
  .regex(/^[a-z0-9-]{1,40}(\.test)?$/, 'must be the id of a tenant, or of its twin `<id>.test`');

/** Keys of meters, prices and plans, and tax categories. */
export const key = z
  .string()
  .regex(/^[a-z0-9_-]{1,64}$/, 'must be 1 to 64 lower-case letters, digits, dashes, underscores');

/** One line that a person reads. */
export function line(maxLength: number) {
  return z.string().min(1).max(maxLength).superRefine(checkLine);
}

/** JSON pointers themselves are judged by the domain; this only bounds them. */
export const pointerText = z.string().max(255).superRefine(checkLine);

/** Decimals are judged by the domain; JSON numbers are no money. */
export const decimalText = z
  .string({ error: 'must be a decimal string, such as "0.0015"' })
  .max(64, 'has more digits than an amount');

export const currency = z.string().superRefine((text, context) => {
  if (!isCurrency(text)) refuse(context, 'unknown_currency');
});

export const timeZone = z
  .string()
  .max(64)
  .superRefine((text, context) => {
    if (!isTimeZone(text)) refuse(context, 'unknown_time_zone');
  });

export const interval = z.enum(['hour', 'day', 'week', 'month', 'quarter', 'year']);

export const funding = z.enum(['prepaid', 'postpaid', 'prepaid_then_postpaid']);

/** RFC 3339 → microseconds since the epoch. */
export const instant = z
  .string()
  .max(64)
  .transform((text, context) => {
    const parsed = parseMicros(text);
    if (parsed.outcome === 'parsed') return parsed.micros;
    refuse(context, parsed.reason);
    return z.NEVER;
  });

/** A decimal string that is not negative → nano-units, as decimal text. */
export const nanosText = decimalText.transform((text, context) => {
  const parsed = parseNanos(text);
  if (parsed.outcome === 'refused') refuse(context, parsed.reason);
  else if (parsed.nanos < 0n) refuse(context, 'negative_amount');
  else return parsed.nanos.toString();
  return z.NEVER;
});

/** Where a check puts its issues. */
type IssueTaker = { addIssue(issue: z.core.$ZodRawIssue): void };

/** Adds an issue with a code of ours and the words for it; `pointer` is below the value that is being checked. */
export function refuse(context: IssueTaker, code: string, pointer = ''): void {
  context.addIssue({
    code: 'custom',
    path: pointer.split('/').slice(1),
    message: detailOf(code),
    params: { code },
    input: undefined,
  });
}

/** Refuses each text of a list that was in it before. */
export function refuseRepeats(context: IssueTaker, texts: readonly string[], code: string): void {
  texts.forEach((text, at) => {
    if (texts.indexOf(text) < at) refuse(context, code, `/${at}`);
  });
}

function checkLine(text: string, context: IssueTaker): void {
  if (!text.isWellFormed() || /\p{Cc}/u.test(text)) refuse(context, 'text_not_one_line');
}
