import type { Invoice, InvoiceLine } from '@farthing/domain/invoice/finalize-invoice';
import { stringify } from 'csv-stringify/sync';

const COLUMNS = [
  'number',
  'issueDate',
  'customer',
  'currency',
  'from',
  'to',
  'kind',
  'price',
  'priceVersion',
  'description',
  'cell',
  'usageFrom',
  'usageTo',
  'taxCategory',
  'charges',
  'quantity',
  'charged',
  'paidFromWallet',
  'exact',
  'amount',
] as const;

/** What a spreadsheet may take for a formula. */
const FORMULA = /^[=+\-@\t\r]/;
/** An amount of ours may begin with a minus and is no formula. */
const DECIMAL = /^-?\d+(\.\d+)?$/;

/** One row a line, as RFC 4180; cells that a spreadsheet would run begin with an apostrophe. */
export function invoiceCsv(invoice: Invoice): string {
  const { number, issueDate, customer, currency, from, to } = invoice;
  const ofInvoice = { number, issueDate, customer, currency, from, to };
  const rows = invoice.lines.map((line) => rowOf({ ...ofInvoice, ...line }));
  return stringify([[...COLUMNS], ...rows], {
    record_delimiter: 'windows',
    // A lone CR or LF would end the row for many readers, and is not quoted by itself.
    quoted_match: /[\r\n]/,
  });
}

type CsvFacts = Pick<Invoice, 'number' | 'issueDate' | 'customer' | 'currency' | 'from' | 'to'> &
  InvoiceLine;

function rowOf({ cell, ...facts }: CsvFacts): string[] {
  const texts: Readonly<Record<string, unknown>> = {
    ...facts,
    cell: Object.entries(cell ?? {})
      .map(([name, value]) => `${name}=${value}`)
      .join(' '),
  };
  return COLUMNS.map((column) => harmless(textOf(texts[column])));
}

function textOf(value: unknown): string {
  return typeof value === 'string' || typeof value === 'number' ? String(value) : '';
}

function harmless(text: string): string {
  return FORMULA.test(text) && !DECIMAL.test(text) ? `'${text}` : text;
}
