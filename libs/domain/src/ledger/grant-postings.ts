import type { Currency } from '../money/currency.js';
import type { Nanos } from '../money/nanos.js';
import { tenantAccount, walletAccount } from './account.js';
import { posting, signedPosting, type Posting } from './posting.js';

/** The grant that money enters or leaves. */
export interface GrantOwner {
  readonly tenant: string;
  readonly customer: string;
  readonly grant: string;
  readonly currency: Currency;
}

/** Paid credit: cash / wallet. Promotional credit: promotions / wallet. */
export function grantPosting(
  owner: GrantOwner,
  kind: 'paid' | 'promotional',
  amount: Nanos,
): Posting {
  const debit = tenantAccount(owner, kind === 'paid' ? 'cash' : 'promotions');
  return posting({ debit, credit: walletAccount(owner, owner), amount });
}

/** What is left of an expired grant: wallet / breakage. Nothing left posts nothing. */
export function expiryPostings(owner: GrantOwner, remainder: Nanos): Posting[] {
  if (remainder < 0n) throw new Error('a grant has no negative remainder');
  const credit = tenantAccount(owner, 'breakage');
  return signedPosting({ debit: walletAccount(owner, owner), credit, amount: remainder });
}
