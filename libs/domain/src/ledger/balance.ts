import type { Nanos } from '../money/nanos.js';
import { accountKey, type Account, type AccountKind } from './account.js';
import type { Posting } from './posting.js';

export type Side = 'debit' | 'credit';

/** One stored side of a posting. */
export interface Entry {
  readonly account: Account;
  readonly side: Side;
  readonly amount: Nanos;
}

/** The side on which an account of this kind grows. */
const NORMAL_SIDES: Readonly<Record<AccountKind, Side>> = {
  wallet: 'credit',
  receivable: 'debit',
  billed: 'debit',
  creator_payable: 'credit',
  tenant_revenue: 'credit',
  tax: 'credit',
  rounding: 'debit',
  promotions: 'debit',
  cash: 'debit',
  breakage: 'credit',
};

export function normalSide(kind: AccountKind): Side {
  return NORMAL_SIDES[kind];
}

/** Debit first, then credit. */
export function entriesOf(posted: Posting): [Entry, Entry] {
  const { debit, credit, amount } = posted;
  return [
    { account: debit, side: 'debit', amount },
    { account: credit, side: 'credit', amount },
  ];
}

/** Debits count positive and credits negative, so that the sum over all accounts is zero. */
export function signedAmount(entry: Entry): Nanos {
  return entry.side === 'debit' ? entry.amount : -entry.amount;
}

/** A debit-positive sum of entries as the account's own balance: positive on its normal side. */
export function balanceOf(kind: AccountKind, debitsMinusCredits: Nanos): Nanos {
  return normalSide(kind) === 'debit' ? debitsMinusCredits : -debitsMinusCredits;
}

/** Net change of each account's own balance, in the order in which the accounts appear. */
export function balanceChanges(
  postings: readonly Posting[],
): { readonly account: Account; readonly change: Nanos }[] {
  const sums = new Map<string, { account: Account; sum: Nanos }>();
  for (const entry of postings.flatMap(entriesOf)) {
    const key = accountKey(entry.account);
    const known = sums.get(key) ?? { account: entry.account, sum: 0n };
    known.sum += signedAmount(entry);
    sums.set(key, known);
  }
  return [...sums.values()].map(({ account, sum }) => ({
    account,
    change: balanceOf(account.kind, sum),
  }));
}
