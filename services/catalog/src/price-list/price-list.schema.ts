import { z } from 'zod';
import { key, refuse } from '../field-schemas.js';

/** BCP 47. */
const locale = z
  .string()
  .max(64)
  .superRefine((text, context) => {
    try {
      Intl.getCanonicalLocales(text);
    } catch {
      refuse(context, 'unknown_locale');
    }
  });

export const priceListQuery = z.strictObject({
  /** How numbers, amounts and dates are written; the words are English. */
  locale: locale.default('en'),
  /** Only the prices of this plan. */
  plan: key.optional(),
});
export type PriceListQuery = z.output<typeof priceListQuery>;
