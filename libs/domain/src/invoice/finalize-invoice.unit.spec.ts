import { expect, test } from 'vitest';
import { draftInvoice, type DraftInput, type DraftInvoice } from './draft-invoice.js';
import { finalizeInvoice, type Finalization } from './finalize-invoice.js';
import { invoiceId } from './invoice-id.js';
import { formatRatePercent } from './tax.js';

const INPUT: DraftInput = {
  tenant: 'acme',
  customer: 'zoe',
  currency: 'USD',
  period: { from: 0, to: 2_678_400_000_000 },
  aggregates: [
    {
      priceKey: 'articles',
      priceVersion: 2,
      description: 'An article',
      cell: { format: 'video' },
      kind: 'usage',
      taxCategory: 'standard',
      late: true,
      usagePeriod: { from: 0, to: 1 },
      charges: 3,
      quantity: 3_000_000_000n,
      chargeNanos: 3_004_000_000n,
      receivableNanos: 2_004_000_000n,
      paidFromWalletNanos: 1_000_000_000n,
    },
  ],
  previous: [{ taxCategory: 'standard', residualNanos: 1n, carriedForwardNanos: 0n }],
  settings: {
    roundingMode: 'half_up',
    minimumNanos: 0n,
    taxes: {
      kind: 'rates',
      pricesIncludeTax: false,
      rates: { standard: { kind: 'standard', ratePpm: 88_750 } },
    },
  },
};
const FINALIZATION: Finalization = {
  number: 'A-0001',
  issueDate: '1970-02-01',
  run: 'run_1',
  statement: { id: 'stm_1', root: 'ab' },
};

function draft(input: DraftInput): DraftInvoice {
  const outcome = draftInvoice(input);
  if (outcome.outcome === 'refused') throw new Error(outcome.reason);
  return outcome.draft;
}

test('a finalized invoice is plain strings, with counts as its only numbers', () => {
  expect(finalizeInvoice(draft(INPUT), FINALIZATION)).toEqual({
    v: 1,
    id: 'inv_86aa38fef6d27747857503146c3b50f6',
    number: 'A-0001',
    issueDate: '1970-02-01',
    run: 'run_1',
    statement: 'stm_1',
    statementRoot: 'ab',
    tenant: 'acme',
    customer: 'zoe',
    currency: 'USD',
    from: '1970-01-01T00:00:00.000000Z',
    to: '1970-02-01T00:00:00.000000Z',
    lines: [
      {
        kind: 'late',
        taxCategory: 'standard',
        price: 'articles',
        priceVersion: 2,
        description: 'An article',
        cell: { format: 'video' },
        usageFrom: '1970-01-01T00:00:00.000000Z',
        usageTo: '1970-01-01T00:00:00.000001Z',
        charges: 3,
        quantity: '3.000000000',
        charged: '3.004000000',
        paidFromWallet: '1.000000000',
        exact: '2.004000000',
        amount: '2.000000000',
      },
      {
        kind: 'previous_residual',
        taxCategory: 'standard',
        exact: '0.000000001',
        amount: '0.000000000',
      },
    ],
    taxes: [
      {
        taxCategory: 'standard',
        rate: '8.875',
        included: false,
        exempt: false,
        exact: '2.004000001',
        net: '2.000000000',
        tax: '0.180000000',
        residual: '0.004000001',
      },
    ],
    charges: '3.004000000',
    paidFromWallet: '1.000000000',
    net: '2.000000000',
    tax: '0.180000000',
    total: '2.180000000',
  });
});

test('what is carried forward makes no document', () => {
  const below = draft({ ...INPUT, settings: { ...INPUT.settings, minimumNanos: 10n ** 12n } });
  expect(() => finalizeInvoice(below, FINALIZATION)).toThrow('carried forward');
});

test('an id is of tenant, customer, currency and booking period, and of nothing else', () => {
  const { tenant, customer, currency, period } = INPUT;
  const identity = { tenant, customer, currency, period };
  const others = [
    { ...identity, tenant: 'acmez', customer: 'oe' },
    { ...identity, customer: 'zoe2' },
    { ...identity, currency: 'EUR' },
    { ...identity, period: { from: 1, to: period.to } },
    { ...identity, period: { from: 0, to: period.to + 1 } },
  ];
  expect(new Set([identity, ...others].map(invoiceId)).size).toBe(6);
  expect(draft(INPUT).id).toBe(invoiceId(identity));
});

test.each([
  [0, '0'],
  [88_750, '8.875'],
  [190_000, '19'],
  [1, '0.0001'],
  [1_000_000, '100'],
])('%s parts per million are %s percent', (ratePpm, percent) => {
  expect(formatRatePercent(ratePpm)).toBe(percent);
});
