import type { Invoice } from '@farthing/domain/invoice/finalize-invoice';
import { expect, test } from 'vitest';
import { invoiceCsv } from './invoice-csv.js';

function invoiceWith(line: Partial<Invoice['lines'][number]>): Invoice {
  return {
    v: 1,
    id: 'inv_1',
    number: 'INV-000001',
    issueDate: '2026-02-01',
    run: 'run_1',
    statement: 'stm_1',
    statementRoot: '',
    tenant: 'acme',
    customer: '@SUM(1)',
    currency: 'USD',
    from: '2026-01-01T00:00:00.000000Z',
    to: '2026-02-01T00:00:00.000000Z',
    lines: [
      {
        kind: 'usage',
        taxCategory: 'standard',
        price: 'articles',
        priceVersion: 2,
        exact: '1.000000000',
        amount: '1.000000000',
        ...line,
      },
    ],
    taxes: [],
    charges: '1.000000000',
    paidFromWallet: '0.000000000',
    net: '1.000000000',
    tax: '0.000000000',
    total: '1.000000000',
  };
}

/** Column by name of the first line. */
function cells(invoice: Invoice): Record<string, string> {
  const [head, line] = invoiceCsv(invoice).split('\r\n');
  const values = line!.split(',');
  return Object.fromEntries(head!.split(',').map((name, at) => [name, values[at]!]));
}

test('a row a line, an empty cell for what a line does not have', () => {
  const csv = invoiceCsv(invoiceWith({}));
  expect(csv.endsWith('\r\n')).toBe(true);
  expect(csv.trimEnd().split('\r\n')).toHaveLength(2);
  expect(cells(invoiceWith({}))).toMatchObject({
    number: 'INV-000001',
    price: 'articles',
    priceVersion: '2',
    quantity: '',
    exact: '1.000000000',
  });
});

test.each([
  ['=cmd|calc', "'=cmd|calc"],
  ['+1 free', "'+1 free"],
  ['-1 off', "'-1 off"],
  ['@import', "'@import"],
  ['\tindented', "'\tindented"],
  ['Articles', 'Articles'],
  ['2 for 1 =)', '2 for 1 =)'],
])('the description %j is written %j', (description, written) => {
  expect(cells(invoiceWith({ description })).description).toBe(written);
});

test('a customer and a cell that would be formulas are escaped, a negative amount is a number', () => {
  const invoice = invoiceWith({ cell: { '=format': 'page' }, amount: '-0.500000000' });
  const written = cells(invoice);
  expect(written).toMatchObject({
    customer: "'@SUM(1)",
    cell: "'=format=page",
    amount: '-0.500000000',
  });
});

test('quotes, commas and line breaks stay inside of their cell', () => {
  const csv = invoiceCsv(invoiceWith({ description: 'a "b", c\nd' }));
  expect(csv).toContain('"a ""b"", c\nd"');
  expect(invoiceCsv(invoiceWith({ description: '\rx' }))).toContain('"\'\rx"');
});
