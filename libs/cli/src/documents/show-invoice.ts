import { z } from 'zod';
import { printLine, printTable } from '../terminal/print.js';

const lineSchema = z.looseObject({
  kind: z.string(),
  price: z.string().optional(),
  description: z.string().optional(),
  cell: z.record(z.string(), z.string()).optional(),
  quantity: z.string().optional(),
  paidFromWallet: z.string().optional(),
  exact: z.string(),
  amount: z.string(),
});

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
  lines: z.array(lineSchema),
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
      nameOf(line),
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

/** What the line is for, where it prices a cell of a matrix which, and what kind of line it is. */
function nameOf({ kind, price, description, cell }: z.infer<typeof lineSchema>): string {
  const words = kind.replaceAll('_', ' ');
  const charged = description ?? price;
  if (charged === undefined) return words;
  const values = Object.entries(cell ?? {}).map(([name, value]) => `${name} ${value}`);
  const where = values.length === 0 ? '' : ` [${values.join(', ')}]`;
  return `${charged}${where}${kind === 'usage' ? '' : ` (${words})`}`;
}
