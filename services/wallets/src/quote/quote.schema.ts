import { z } from 'zod';
import { id, instant } from '../field-schemas.js';

const DATA_BYTES_MAX = 64 * 1024;

/** What the event's `data` will be: a JSON object of at most 64 KiB. */
const properties = z
  .record(z.string(), z.unknown())
  .refine((value) => Buffer.byteLength(JSON.stringify(value)) <= DATA_BYTES_MAX, {
    message: 'the properties have more than 64 KiB',
    params: { code: 'event_too_large' },
  });

/** The body of `POST /v1/quotes`. */
export const quoteBody = z.strictObject({
  customer: id,
  type: id,
  properties: properties.default({}),
  /** When the use will be. */
  at: instant.optional(),
});

export type QuoteBody = z.output<typeof quoteBody>;
