import { z } from 'zod';
import { key } from '../field-schemas.js';

/** `:key` of a meter, a price or a plan. */
export const keyParams = z.object({ key });

/** `:key/versions/:version` of a price. */
export const keyVersionParams = z.object({
  key,
  version: z.coerce
    .number()
    .int()
    .min(1)
    .max(2 ** 31),
});
