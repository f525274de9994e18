import { expect, test } from 'vitest';
import {
  accountKey,
  creatorAccount,
  customerAccount,
  tenantAccount,
  walletAccount,
} from './account.js';
import { posting, signedPosting } from './posting.js';

const BOOK = { tenant: 'acme', currency: 'USD' };
const CASH = tenantAccount(BOOK, 'cash');
const BILLED = customerAccount(BOOK, 'billed', 'ann');

test('a posting moves a positive amount between two accounts', () => {
  const moved = { debit: CASH, credit: BILLED, amount: 5n };
  expect(posting(moved)).toEqual(moved);
});

test.each([
  ['zero', { debit: CASH, credit: BILLED, amount: 0n }, 'positive'],
  ['a negative amount', { debit: CASH, credit: BILLED, amount: -1n }, 'positive'],
  ['one account', { debit: CASH, credit: { ...CASH }, amount: 1n }, 'two accounts'],
  [
    'two currencies',
    { debit: tenantAccount({ ...BOOK, currency: 'EUR' }, 'cash'), credit: BILLED, amount: 1n },
    'one currency',
  ],
  [
    'two tenants',
    { debit: tenantAccount({ ...BOOK, tenant: 'other' }, 'cash'), credit: BILLED, amount: 1n },
    'one tenant',
  ],
])('%s cannot be posted', (_, wrong, message) => {
  expect(() => posting(wrong)).toThrow(message);
});

test('a negative amount runs the other way, and zero posts nothing', () => {
  const of = (amount: bigint) => signedPosting({ debit: CASH, credit: BILLED, amount });
  expect(of(5n)).toEqual([{ debit: CASH, credit: BILLED, amount: 5n }]);
  expect(of(-5n)).toEqual([{ debit: BILLED, credit: CASH, amount: 5n }]);
  expect(of(0n)).toEqual([]);
});

test('ids that contain separators do not run into one another', () => {
  const accounts = [
    walletAccount(BOOK, { customer: 'a:b', grant: 'c' }),
    walletAccount(BOOK, { customer: 'a', grant: 'b:c' }),
    creatorAccount(BOOK, 'a'),
    customerAccount(BOOK, 'receivable', 'a'),
    customerAccount(BOOK, 'billed', 'a'),
    tenantAccount(BOOK, 'tax'),
    tenantAccount({ ...BOOK, currency: 'EUR' }, 'tax'),
  ];
  expect(new Set(accounts.map(accountKey)).size).toBe(accounts.length);
});
