import type { Currency } from '../money/currency.js';
import type { Nanos } from '../money/nanos.js';
import {
  creatorAccount,
  customerAccount,
  tenantAccount,
  walletAccount,
  type Account,
} from './account.js';
import { signedPosting, type Posting } from './posting.js';

/** What paid a part of a charge. */
export type PaymentSource =
  | { readonly kind: 'grant'; readonly grant: string }
  | { readonly kind: 'receivable' };

export interface PaymentPart {
  readonly source: PaymentSource;
  readonly amount: Nanos;
}

/**
 * A charge with who pays it and who earns it: Σ parts = Σ shares + tenantAmount, all of one sign.
 */
export interface PaidCharge {
  readonly tenant: string;
  readonly customer: string;
  readonly currency: Currency;
  readonly parts: readonly PaymentPart[];
  readonly shares: readonly { readonly creator: string; readonly amount: Nanos }[];
  readonly tenantAmount: Nanos;
}

interface Side {
  readonly account: Account;
  amount: Nanos;
}

/**
 * Wallet or receivable debited, creators payable and tenant revenue credited. A negative charge
 * runs the other way; a charge of zero posts nothing. Parts meet shares in their order, the
 * tenant's rest last.
 */
export function chargePostings(charge: PaidCharge): Posting[] {
  const debits = charge.parts.map(({ source, amount }) => ({
    account: payerAccount(charge, source),
    amount,
  }));
  const credits = charge.shares.map(({ creator, amount }) => ({
    account: creatorAccount(charge, creator),
    amount,
  }));
  credits.push({ account: tenantAccount(charge, 'tenant_revenue'), amount: charge.tenantAmount });
  return matched(debits, credits);
}

function payerAccount(charge: PaidCharge, source: PaymentSource): Account {
  return source.kind === 'grant'
    ? walletAccount(charge, { customer: charge.customer, grant: source.grant })
    : customerAccount(charge, 'receivable', charge.customer);
}

function matched(debits: Side[], credits: Side[]): Posting[] {
  const negative = [...debits, ...credits].some((side) => side.amount < 0n);
  if (negative && [...debits, ...credits].some((side) => side.amount > 0n)) {
    throw new Error('the parts of a charge have one sign');
  }
  const postings: Posting[] = [];
  let at = 0;
  for (const debit of debits) {
    while (debit.amount !== 0n) {
      const credit = credits[at];
      if (!credit) throw new Error('more is paid than earned');
      const amount = smaller(debit.amount, credit.amount);
      postings.push(...signedPosting({ debit: debit.account, credit: credit.account, amount }));
      debit.amount -= amount;
      credit.amount -= amount;
      if (credit.amount === 0n) at += 1;
    }
  }
  if (credits.some((credit) => credit.amount !== 0n)) throw new Error('more is earned than paid');
  return postings;
}

function smaller(a: Nanos, b: Nanos): Nanos {
  const aIsSmaller = (a < 0n ? -a : a) < (b < 0n ? -b : b);
  return aIsSmaller ? a : b;
}
