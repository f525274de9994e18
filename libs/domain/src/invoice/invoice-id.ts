import { createHash } from 'node:crypto';
import type { Currency } from '../money/currency.js';
import type { BillingPeriod } from '../period/billing-period.js';
import { formatMicros } from '../period/micros.js';

/** There is one invoice per statement: what a document is of names it. */
export interface InvoiceIdentity {
  readonly tenant: string;
  readonly customer: string;
  readonly currency: Currency;
  /** The booking period. */
  readonly period: BillingPeriod;
}

/**
 * `inv_` and 32 hex digits, the same whenever and wherever it is drafted. No id contains the
 * separator NUL.
 */
export function invoiceId({ tenant, customer, currency, period }: InvoiceIdentity): string {
  const bounds = [formatMicros(period.from), formatMicros(period.to)];
  const text = [tenant, customer, currency, ...bounds].join('\u0000');
  return `inv_${createHash('sha256').update(text).digest('hex').slice(0, 32)}`;
}
