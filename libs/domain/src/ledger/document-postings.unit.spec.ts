import { expect, test } from 'vitest';
import { balanceChanges, balanceOf, entriesOf, normalSide, signedAmount } from './balance.js';
import { documentPostings, type DocumentFact } from './document-postings.js';
import { expiryPostings, grantPosting } from './grant-postings.js';
import type { Posting } from './posting.js';

const OWNER = { tenant: 'acme', customer: 'zoe', currency: 'USD' };
const GRANT = { ...OWNER, grant: 'g1' };

function changes(postings: readonly Posting[]): Record<string, bigint> {
  return Object.fromEntries(
    balanceChanges(postings).map(({ account, change }) => [account.kind, change]),
  );
}

test.each<[string, DocumentFact, Record<string, bigint>]>([
  [
    'finalized with tax on top',
    { kind: 'finalized', netNanos: 100n, taxOnTopNanos: 19n, taxIncludedNanos: 0n },
    { billed: 119n, receivable: -100n, tax: 19n },
  ],
  [
    'finalized with tax that the charges contained',
    { kind: 'finalized', netNanos: 100n, taxOnTopNanos: 0n, taxIncludedNanos: 19n },
    { billed: 119n, receivable: -119n, tenant_revenue: -19n, tax: 19n },
  ],
  [
    'finalized at nothing',
    { kind: 'finalized', netNanos: 0n, taxOnTopNanos: 0n, taxIncludedNanos: 0n },
    {},
  ],
  ['paid', { kind: 'paid', amountNanos: 119n }, { cash: 119n, billed: -119n }],
  [
    'written off',
    { kind: 'written_off', amountNanos: 119n },
    { tenant_revenue: -119n, billed: -119n },
  ],
])('%s', (_, fact, expected) => {
  expect(changes(documentPostings(OWNER, fact))).toEqual(expected);
});

test('credit comes from cash or promotions, and goes to breakage when it expires', () => {
  expect(changes([grantPosting(GRANT, 'paid', 5n)])).toEqual({ cash: 5n, wallet: 5n });
  expect(changes([grantPosting(GRANT, 'promotional', 5n)])).toEqual({ promotions: 5n, wallet: 5n });
  expect(changes(expiryPostings(GRANT, 5n))).toEqual({ wallet: -5n, breakage: 5n });
  expect(expiryPostings(GRANT, 0n)).toEqual([]);
  expect(() => expiryPostings(GRANT, -1n)).toThrow('negative');
});

test('entries of a posting cancel over the accounts', () => {
  const entries = entriesOf(grantPosting(GRANT, 'paid', 5n));
  expect(entries.map((entry) => [entry.account.kind, entry.side, signedAmount(entry)])).toEqual([
    ['cash', 'debit', 5n],
    ['wallet', 'credit', -5n],
  ]);
});

test('an account grows on its normal side', () => {
  expect(normalSide('receivable')).toBe('debit');
  expect(balanceOf('receivable', 7n)).toBe(7n);
  expect(balanceOf('creator_payable', -7n)).toBe(7n);
});
