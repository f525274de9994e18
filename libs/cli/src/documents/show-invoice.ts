import { z } from 'zod';
import { printLine, printTable } from '../terminal/print.js';

/** The parts of a canonical invoice that a person reads. */
const invoiceSchema = z.looseObject({
  id: z.string(),
  number: z.string(),
  issueDate: z.string(),
  customer: z.string(),
  currency: z.string(),
  from: z.string(),
  to: z.string(),
  statement: z.string(),
  lines: z.array(
    z.looseObject({
      kind: z.string(),
      price: z.string().optional(),
      description: z.string().optional(),
      quantity: z.string().optional(),
      paidFromWallet: z.string().optional(),
      exact: z.string(),
      amount: z.string(),
    }),
  ),
  charges: z.string(),
  paidFromWallet: z.string(),
  net: z.string(),
  tax: z.string(),
  total: z.string(),
});

/** Prints an invoice, given as its parsed canonical JSON, as a person reads it. */
export function showInvoice(document: unknown): void {
  const invoice = invoiceSchema.parse(document);
  const { currency } = invoice;
  printLine(`Invoice ${invoice.number} of ${invoice.issueDate}   ${invoice.id}`);
  printLine(
    `For ${invoice.customer}, ${invoice.from.slice(0, 10)} to ${invoice.to.slice(0, 10)} (exclusive)`,
  );
  printLine();
  printTable(
    ['line', 'quantity>', `exact ${currency}>`, `amount ${currency}>`],
    invoice.lines.map((line) => [
      [
        line.description ?? line.price ?? line.kind.replaceAll('_', ' '),
        line.kind === 'late' ? '(late)' : '',
      ]
        .filter((part) => part !== '')
        .join(' '),
      line.quantity?.replace(/\.?0+$/, '') ?? '',
      line.exact,
      line.amount,
    ]),
  );
  printLine();
  printTable(
    ['', '>'],
    [
      ['charges, exact', `${invoice.charges} ${currency}`],
      ['paid from the wallet', `${invoice.paidFromWallet} ${currency}`],
      ['net', `${invoice.net} ${currency}`],
      ['tax', `${invoice.tax} ${currency}`],
      ['to pay', `${invoice.total} ${currency}`],
    ],
  );
  printLine(`Statement ${invoice.statement}`);
}
