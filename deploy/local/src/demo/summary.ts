import Table from 'cli-table3';
import pc from 'picocolors';
import { formatNanos } from '@farthing/domain/money/nanos';
import { ranked } from './read-books.js';
import type { DemoResult } from './run-demo.js';
import type { Tariff } from './tariff.js';

const SHOWN_CREATORS = 3;

/** What a person reads at the end of a demo. `invoice` is one invoice as the command line shows it. */
export function demoSummary(
  result: DemoResult,
  { tariff, invoice }: { readonly tariff: Tariff; readonly invoice: string },
): string {
  const { currency } = tariff;
  const money = (nanos: bigint) => `${formatNanos(nanos)} ${currency}`;
  const { charges, invoices, statements, tieOut } = result;
  const difference = charges.roundedPerCharge - charges.total;
  const tied = Object.values(tieOut).every((sum) => sum === charges.total);
  return [
    heading('What came in'),
    table([
      ['events sent', count(result.sent.sent)],
      ['duplicates refused', count(result.duplicates)],
      ['rejected', `${count(result.rejected)}${reasonsOf(result)}`],
      ['events with a charge', `${count(result.counts.charged)} since this tenant began`],
    ]),
    heading('What it came to'),
    table([
      ...tariff.prices.map(({ label, description }) => [
        description,
        money(charges.amounts.get(label) ?? 0n),
      ]),
      [pc.bold(`${count(charges.charges)} charges`), pc.bold(money(charges.total))],
      [
        'rounded to cents charge by charge',
        `${money(charges.roundedPerCharge)}: ${money(difference < 0n ? -difference : difference)} ${difference < 0n ? 'lost' : 'too much'}`,
      ],
    ]),
    heading(`The ${SHOWN_CREATORS} creators who earned most`),
    table(
      ranked(charges.creators, 'largest')
        .slice(0, SHOWN_CREATORS)
        .map(([name, amount]) => [name, money(amount)]),
    ),
    heading('One invoice'),
    invoice.trimEnd(),
    heading('The same money, found five ways'),
    table([
      ['the log, priced again by the command line', money(tieOut.log)],
      ["rating's charges", money(tieOut.rating)],
      ["the ledger's entries", money(tieOut.ledger)],
      ["the statements' leaves", money(tieOut.statements)],
      ['invoices + paid + carried forward + residuals', money(tieOut.invoices)],
    ]),
    tied ? pc.green('all five are equal, to the nano') : pc.red('they differ'),
    '',
    proofs(statements, invoices.invoices),
    '',
  ].join('\n');
}

function proofs(statements: DemoResult['statements'], invoices: number): string {
  const { verified, statements: all, forgery } = statements;
  return [
    `${count(invoices)} invoices; ${count(verified)} of ${count(all)} statements verified`,
    forgery.caught
      ? `a forged charge was caught: ${forgery.charge} of ${forgery.customer}`
      : pc.red(`a forged charge was NOT caught: ${forgery.charge}`),
  ].join('\n');
}

function reasonsOf({ counts, sent }: DemoResult): string {
  const reasons = { ...counts.reasons };
  for (const [code, n] of Object.entries(sent.reasons)) reasons[code] = (reasons[code] ?? 0) + n;
  const texts = Object.entries(reasons).map(([code, n]) => `${code} ${n}`);
  return texts.length === 0 ? '' : ` (${texts.join(', ')})`;
}

function heading(text: string): string {
  return `\n${pc.bold(pc.cyan(text))}`;
}

function table(rows: ReadonlyArray<readonly string[]>): string {
  const lines = new Table({
    colAligns: ['left', 'right'],
    style: { head: [], border: [], compact: true, 'padding-left': 2, 'padding-right': 0 },
    chars: NO_BORDERS,
  });
  for (const row of rows) lines.push([...row]);
  return lines.toString();
}

function count(n: number): string {
  return n.toLocaleString('en-US');
}

const NO_BORDERS = {
  top: '',
  'top-mid': '',
  'top-left': '',
  'top-right': '',
  bottom: '',
  'bottom-mid': '',
  'bottom-left': '',
  'bottom-right': '',
  left: '',
  'left-mid': '',
  mid: '',
  'mid-mid': '',
  right: '',
  'right-mid': '',
  middle: '',
};
