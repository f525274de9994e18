import type { PricedTerms } from '@farthing/domain/rating/price-book';
import type { CustomerFacts } from './customer-facts.js';

/** What decides the prices of a customer that has these facts. */
export function termsOf(
  tenant: string,
  { plan, currency, priceOverrides }: CustomerFacts,
): PricedTerms {
  return { tenant, plan, currency, priceOverrides };
}
