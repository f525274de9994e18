import { printLine, printTable } from '../terminal/print.js';
import type { ReplayReport } from './replay-report.js';

type Difference = ReplayReport['first'][number];

/** The counts, and of each difference that the report has the columns that differ. */
export function showReplay(report: ReplayReport): void {
  const { records, stored, replayed, identical, differing, missing, extra, first } = report;
  printTable(
    ['', '>'],
    [
      ['records of the log rated again', String(records)],
      ['charges stored', String(stored)],
      ['charges of the replay', String(replayed)],
      ['identical', String(identical)],
      ['differing', String(differing)],
      ['missing: not stored', String(missing)],
      ['extra: not in the log', String(extra)],
    ],
  );
  printLine();
  if (first.length === 0) {
    printLine('the charges are identical, byte for byte, and so are the statements they make');
    return;
  }
  printTable(['charge', 'what', 'column', 'stored', 'replayed'], first.flatMap(rowsOf));
  const others = differing + missing + extra - first.length;
  if (others > 0) printLine(`and ${others} more`);
}

function rowsOf({ charge, what, columns, stored, replayed }: Difference): string[][] {
  const names = what === 'differing' ? columns : ['amount'];
  return names.map((name) => [charge, what, name, textOf(stored, name), textOf(replayed, name)]);
}

function textOf(columns: Difference['stored'], name: string): string {
  return columns?.[name] ?? '–';
}
