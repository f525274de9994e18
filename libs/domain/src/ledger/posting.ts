import type { Nanos } from '../money/nanos.js';
import { accountKey, type Account } from './account.js';

/** One positive amount from a debit to a credit account. Having both, it cannot be unbalanced. */
export interface Posting {
  readonly debit: Account;
  readonly credit: Account;
  readonly amount: Nanos;
}

/** Throws when the amount is not positive, the accounts are one, or tenant or currency differ. */
export function posting({ debit, credit, amount }: Posting): Posting {
  if (amount <= 0n) throw new Error('a posting moves a positive amount');
  if (debit.currency !== credit.currency) throw new Error('a posting has one currency');
  if (debit.tenant !== credit.tenant) throw new Error('a posting stays with one tenant');
  if (accountKey(debit) === accountKey(credit)) throw new Error('a posting has two accounts');
  return { debit, credit, amount };
}

/** The posting of a signed amount: a negative one runs the other way, and zero posts nothing. */
export function signedPosting({ debit, credit, amount }: Posting): Posting[] {
  if (amount === 0n) return [];
  return amount > 0n
    ? [posting({ debit, credit, amount })]
    : [posting({ debit: credit, credit: debit, amount: -amount })];
}
