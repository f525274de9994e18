import { InvalidArgumentError, type Command } from 'commander';
import { formatNanos } from '@farthing/domain/money/nanos';
import { parseMicros } from '@farthing/domain/period/micros';
import { diffPriceBooks } from '@farthing/domain/price-book/diff-price-books';
import type { PriceBook } from '@farthing/domain/price-book/price-book';
import { apiClientOf, wantsJson } from '../api/command-client.js';
import { EXIT } from '../terminal/exit-codes.js';
import { note, printJson, printLine, printTable } from '../terminal/print.js';
import { readCatalogBook } from './catalog-book.js';
import { previewBook, type BookPreview, type PreviewedCustomer } from './preview-book.js';
import { diffLines } from './show-book.js';
import { microsNow, soundBook } from './sound-book.js';

interface PreviewFlags {
  readonly month?: string;
  readonly at?: string;
  readonly limit: number;
}

export function addPreviewCommand(prices: Command): void {
  prices
    .command('preview <file>')
    .description('who would have paid more for a past month, who less, and by how much')
    .option(
      '--month <yyyy-mm>',
      'whose usage is priced, in UTC; the last complete month unless given',
    )
    .option(
      '--at <instant>',
      'as of when both books are read; unless given once every version of the file is in force',
    )
    .option('--limit <n>', 'how many customers the table shows', wholeNumber, 20)
    .action(preview);
}

async function preview(file: string, flags: PreviewFlags, command: Command): Promise<void> {
  const month = monthOf(flags.month, new Date());
  if (month === undefined) {
    return command.error(`${flags.month ?? ''} is not a past month`, { exitCode: EXIT.usage });
  }
  const given = flags.at === undefined ? undefined : parseMicros(flags.at);
  if (given?.outcome === 'refused') {
    return command.error(`--at: ${given.reason}`, { exitCode: EXIT.usage });
  }
  const proposed = await soundBook(file);
  if (proposed === undefined) return;
  const api = apiClientOf(command);
  const present = await readCatalogBook(api);
  const { refusals } = diffPriceBooks(present, proposed);
  if (refusals.length > 0) {
    for (const line of diffLines({ changes: [], refusals })) note(line);
    process.exitCode = EXIT.failed;
    return;
  }
  const at = given?.micros ?? whenAllApplies(proposed, microsNow());
  const found = await previewBook(api, { present, proposed }, { at, ...month });
  if (wantsJson(command)) return printJson(previewJson(found, month));
  show(found, flags.limit);
}

/** The bounds of a calendar month that has ended, the last one unless named. */
export function monthOf(
  text: string | undefined,
  now: Date,
): { readonly from: string; readonly to: string } | undefined {
  const [year, month] = [now.getUTCFullYear(), now.getUTCMonth()];
  const match = /^(\d{4})-(0[1-9]|1[0-2])$/.exec(text ?? isoMonth(year, month - 1));
  if (!match) return undefined;
  const [first, next] = [Number(match[1]), Number(match[2])];
  const to = isoMonth(first, next);
  if (first < 1970 || to > isoMonth(year, month)) return undefined;
  return { from: `${match[0]}-01T00:00:00Z`, to: `${to}-01T00:00:00Z` };
}

/** `yyyy-mm` of a month counted from 0, which may lie outside of its year. */
function isoMonth(year: number, month: number): string {
  return new Date(Date.UTC(year, month)).toISOString().slice(0, 7);
}

function whenAllApplies({ prices }: PriceBook, now: number): number {
  return prices.reduce((latest, { effectiveFrom }) => {
    const parsed = parseMicros(effectiveFrom);
    return parsed.outcome === 'parsed' && parsed.micros > latest ? parsed.micros : latest;
  }, now);
}

function previewJson({ customers, ...rest }: BookPreview, month: object): object {
  return {
    ...month,
    ...rest,
    totals: totalsOf(customers).map(amountsOf),
    customers: byDifference(customers).map((one) => ({
      customer: one.customer,
      ...amountsOf(one),
    })),
  };
}

type Amounts = Omit<PreviewedCustomer, 'customer'>;

function amountsOf({ currency, before, after }: Amounts): Record<string, string> {
  return {
    currency,
    before: formatNanos(before),
    after: formatNanos(after),
    difference: formatNanos(after - before),
  };
}

function totalsOf(customers: readonly PreviewedCustomer[]): Amounts[] {
  const totals = new Map<string, Amounts>();
  for (const { currency, before, after } of customers) {
    const sum = totals.get(currency) ?? { currency, before: 0n, after: 0n };
    totals.set(currency, {
      currency,
      before: sum.before + before,
      after: sum.after + after,
    });
  }
  return [...totals.values()];
}

/** Who pays most more comes first, who pays most less last. */
function byDifference(customers: readonly PreviewedCustomer[]): PreviewedCustomer[] {
  return customers.toSorted((a, b) => {
    const [differenceA, differenceB] = [a.after - a.before, b.after - b.before];
    return differenceA > differenceB ? -1 : differenceA < differenceB ? 1 : 0;
  });
}

function show(found: BookPreview, limit: number): void {
  const { customers, leftOut, unknownCustomers } = found;
  const more = customers.filter(({ before, after }) => after > before).length;
  const less = customers.filter(({ before, after }) => after < before).length;
  printLine(
    `${more} customers pay more, ${less} pay less, ${customers.length - more - less} the same`,
  );
  const changed = byDifference(customers).filter(({ before, after }) => before !== after);
  // Those whom it changes most, from both ends.
  const half = Math.ceil(limit / 2);
  const shown =
    changed.length <= limit
      ? changed
      : [...changed.slice(0, half), ...changed.slice(changed.length - (limit - half))];
  const rows = [
    ...shown.map((one) => [one.customer, ...Object.values(amountsOf(one))]),
    ...totalsOf(customers).map((total) => ['all customers', ...Object.values(amountsOf(total))]),
  ];
  if (rows.length > 0) {
    printTable(['customer', 'currency', 'present>', 'proposed>', 'difference>'], rows);
  }
  if (leftOut.length > 0) {
    printLine(
      `left out, since a month's quantity does not decide their cost: ${leftOut.join(', ')}`,
    );
  }
  if (unknownCustomers > 0) {
    printLine(`left out, since catalog does not know their plan: ${unknownCustomers} customers`);
  }
}

function wholeNumber(text: string): number {
  if (!/^\d{1,6}$/.test(text)) throw new InvalidArgumentError('must be a whole number');
  return Number(text);
}
