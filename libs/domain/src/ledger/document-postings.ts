import type { Currency } from '../money/currency.js';
import type { Nanos } from '../money/nanos.js';
import { customerAccount, tenantAccount } from './account.js';
import { signedPosting, type Posting } from './posting.js';

/**
 * What happened to a document. A document that was carried forward posts nothing: it stays in
 * receivable.
 */
export type DocumentFact =
  | {
      readonly kind: 'finalized';
      /** Rounded sum of the nets. */
      readonly netNanos: Nanos;
      /** Tax that comes on top of the charges. */
      readonly taxOnTopNanos: Nanos;
      /** Tax that the charges already contained, which is no revenue. */
      readonly taxIncludedNanos: Nanos;
    }
  | { readonly kind: 'paid'; readonly amountNanos: Nanos }
  | { readonly kind: 'written_off'; readonly amountNanos: Nanos };

/** The owner of the document. */
export interface DocumentOwner {
  readonly tenant: string;
  readonly customer: string;
  readonly currency: Currency;
}

/**
 * Finalized: billed / receivable (the rounded net, so that the residual stays in receivable) and
 * billed / tax; tax that the charges contained leaves receivable too, and moves from revenue to
 * tax. Paid: cash / billed. Written off: revenue / billed.
 */
export function documentPostings(owner: DocumentOwner, fact: DocumentFact): Posting[] {
  const billed = customerAccount(owner, 'billed', owner.customer);
  const receivable = customerAccount(owner, 'receivable', owner.customer);
  const revenue = tenantAccount(owner, 'tenant_revenue');
  if (fact.kind === 'paid') {
    const cash = tenantAccount(owner, 'cash');
    return signedPosting({ debit: cash, credit: billed, amount: fact.amountNanos });
  }
  if (fact.kind === 'written_off') {
    return signedPosting({ debit: revenue, credit: billed, amount: fact.amountNanos });
  }
  const tax = tenantAccount(owner, 'tax');
  const { netNanos, taxOnTopNanos, taxIncludedNanos } = fact;
  return [
    ...signedPosting({ debit: billed, credit: receivable, amount: netNanos + taxIncludedNanos }),
    ...signedPosting({ debit: revenue, credit: tax, amount: taxIncludedNanos }),
    ...signedPosting({ debit: billed, credit: tax, amount: taxOnTopNanos }),
  ];
}
