import { parseMicros } from '@farthing/domain/period/micros';
import { z } from 'zod';

/** RFC 3339 → microseconds. */
export const instant = z.string().transform((text, context) => {
  const parsed = parseMicros(text);
  if (parsed.outcome === 'parsed') return parsed.micros;
  context.addIssue({
    code: 'custom',
    message: `not an instant: ${parsed.reason}`,
    params: { code: parsed.reason },
  });
  return z.NEVER;
});

/** As every door accepts it. */
export const id = z.string().regex(/^[\x21-\x7e]{1,255}$/, 'not an id');
