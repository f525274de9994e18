import { printLine, printTable } from '../terminal/print.js';
import { differingTexts } from './differing-texts.js';
import type { ReplayReport } from './replay-report.js';

type Difference = ReplayReport['first'][number];
type StatementDifference = ReplayReport['statements']['first'][number];

/** The counts, and of each difference that the report has what differs. */
export function showReplay(report: ReplayReport): void {
  const { records, stored, replayed, identical, differing, missing, extra, first } = report;
  const { statements } = report;
  printTable(
    ['', '>'],
    [
      ['records of the log rated again', String(records)],
      ['charges stored', String(stored)],
      ['charges of the replay', String(replayed)],
      ['charges identical', String(identical)],
      ['charges differing', String(differing)],
      ['charges missing: not stored', String(missing)],
      ['charges extra: not in the log', String(extra)],
      ['statements sealed', String(statements.sealed)],
      ['statements identical', String(statements.identical)],
      ['statements differing', String(statements.differing)],
      ['statements missing: not sealed', String(statements.missing)],
    ],
  );
  printLine();
  if (first.length === 0) printLine('the charges are identical, byte for byte');
  else printTable(['charge', 'what', 'column', 'stored', 'replayed'], first.flatMap(rowsOf));
  printOthers(differing + missing + extra - first.length);
  showStatements(statements);
}

function showStatements({ sealed, differing, missing, first }: ReplayReport['statements']): void {
  if (sealed + missing === 0) {
    printLine('no statement of the period is sealed');
    return;
  }
  if (first.length === 0) {
    printLine('the statements are identical, byte for byte');
    return;
  }
  printLine();
  printTable(
    ['statement', 'customer', 'from', 'what', 'charge', 'stored', 'replayed'],
    first.flatMap(rowsOfStatement),
  );
  printOthers(differing + missing - first.length);
}

function printOthers(others: number): void {
  if (others > 0) printLine(`and ${others} more`);
}

function rowsOf({ charge, what, columns, stored, replayed }: Difference): string[][] {
  const names = what === 'differing' ? columns : ['amount'];
  return names.map((name) => [charge, what, name, textOf(stored, name), textOf(replayed, name)]);
}

function textOf(columns: Difference['stored'], name: string): string {
  return columns?.[name] ?? '–';
}

function rowsOfStatement(difference: StatementDifference): string[][] {
  const { statement, customer, from, what, charge = '–' } = difference;
  return differingTexts(difference).map(({ name, stored, replayed }) => {
    const member = name === undefined ? what : `${what}: ${name}`;
    return [statement, customer, from, member, charge, stored ?? '–', replayed ?? '–'];
  });
}
