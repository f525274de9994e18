import { z } from 'zod';
import { id, key, refuse } from '../field-schemas.js';

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
  /** Only what this customer pays, by its plan, or the one that is named, and by its own prices. */
  customer: id.optional(),
});
export type PriceListQuery = z.output<typeof priceListQuery>;
