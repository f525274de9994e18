import fc from 'fast-check';
import { expect, test } from 'vitest';
import { accountKey, customerAccount, tenantAccount, type Account } from './account.js';
import { balanceChanges } from './balance.js';
import { netPostings } from './net-postings.js';
import { posting, type Posting } from './posting.js';

const BOOK = { tenant: 'acme', currency: 'USD' };
const CASH = tenantAccount(BOOK, 'cash');
const BILLED = customerAccount(BOOK, 'billed', 'ann');
const RECEIVABLE = customerAccount(BOOK, 'receivable', 'ann');
const REVENUE = tenantAccount(BOOK, 'tenant_revenue');
const ACCOUNTS = [CASH, BILLED, RECEIVABLE, REVENUE];

const move = (debit: Account, credit: Account, amount: bigint): Posting =>
  posting({ debit, credit, amount });

test('one posting a pair is left; what cancels is left out', () => {
  const postings = [
    move(RECEIVABLE, REVENUE, 5n),
    move(CASH, BILLED, 7n),
    move(RECEIVABLE, REVENUE, 3n),
    move(REVENUE, RECEIVABLE, 10n),
    move(BILLED, CASH, 7n),
  ];
  expect(netPostings(postings)).toEqual([move(REVENUE, RECEIVABLE, 2n)]);
  expect(netPostings([])).toEqual([]);
});

function balances(postings: readonly Posting[]): string[] {
  return balanceChanges(postings)
    .filter(({ change }) => change !== 0n)
    .map(({ account, change }) => `${accountKey(account)} ${change}`)
    .toSorted();
}

test('netting leaves every balance as it was, and no pair twice', () => {
  const account = fc.nat(ACCOUNTS.length - 1);
  const step = fc
    .tuple(account, account, fc.bigInt(1n, 10n ** 12n))
    .filter(([debit, credit]) => debit !== credit);
  fc.assert(
    fc.property(fc.array(step, { maxLength: 40 }), (steps) => {
      const postings = steps.map(([debit, credit, amount]) =>
        move(ACCOUNTS[debit] ?? CASH, ACCOUNTS[credit] ?? CASH, amount),
      );
      const netted = netPostings(postings);
      expect(balances(netted)).toEqual(balances(postings));
      const pairs = netted.map(({ debit, credit }) =>
        [accountKey(debit), accountKey(credit)].toSorted().join(),
      );
      expect(new Set(pairs).size).toBe(pairs.length);
    }),
  );
});
