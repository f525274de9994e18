import { accountKey } from './account.js';
import { signedPosting, type Posting } from './posting.js';

/**
 * One posting an account pair, in the order in which the pairs first appear; opposite directions
 * cancel, and a pair that comes to nothing is left out. Every account's balance is as the separate
 * postings would leave it.
 */
export function netPostings(postings: readonly Posting[]): Posting[] {
  const pairs = new Map<string, { first: Posting; amount: bigint }>();
  for (const each of postings) {
    const debit = accountKey(each.debit);
    const credit = accountKey(each.credit);
    const forward = debit < credit;
    // SOH sorts nowhere inside an id either, so the two keys cannot run into each other.
    const key = forward ? `${debit}\u0001${credit}` : `${credit}\u0001${debit}`;
    const pair = pairs.get(key);
    if (!pair) {
      pairs.set(key, { first: each, amount: each.amount });
      continue;
    }
    pair.amount += accountKey(pair.first.debit) === debit ? each.amount : -each.amount;
  }
  return [...pairs.values()].flatMap(({ first, amount }) =>
    signedPosting({ debit: first.debit, credit: first.credit, amount }),
  );
}
