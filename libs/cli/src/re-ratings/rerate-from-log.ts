import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import type { Command } from 'commander';
import { wantsJson } from '../api/command-client.js';
import { assertPeriod, booksVariables, type BooksFlags } from '../replay/books-options.js';
import { runProgram } from '../replay/run-program.js';
import { EXIT } from '../terminal/exit-codes.js';
import { note, printJson } from '../terminal/print.js';
import { DIFFERENCE_COLUMNS, writeRows } from './differences-csv.js';
import { logDiffLine, type LogDifference, type LogDiffReport } from './re-rating-answers.js';
import { showLogDiff } from './show-log-diff.js';

export interface LogDiffFlags extends BooksFlags {
  readonly from: string;
  readonly to: string;
  readonly tenant?: string;
  readonly price?: string;
  readonly customer?: string;
  readonly csv?: string;
  readonly limit: number;
}

const PROGRAM = { file: 're-meter-main.js', variable: 'FARTHING_RE_METER_PROGRAM' } as const;

const COLUMNS = [
  ...DIFFERENCE_COLUMNS,
  'what',
  'quantityBefore',
  'quantityAfter',
  'tenant',
  'source',
  'event',
] as const;

/** Has rating's own program meter the log afresh, and shows what would be otherwise. Nothing is changed. */
export async function rerateFromLog(flags: LogDiffFlags, command: Command): Promise<void> {
  const { from, to, tenant, price, customer, csv, limit } = flags;
  assertPeriod(command, flags);
  const variables = {
    FARTHING_REPLAY_FROM: from,
    FARTHING_REPLAY_TO: to,
    FARTHING_REPLAY_TENANT: tenant ?? '',
    FARTHING_RE_METER_PRICE: price ?? '',
    FARTHING_RE_METER_CUSTOMER: customer ?? '',
    FARTHING_RE_METER_DIFFERENCES: String(csv !== undefined),
    FARTHING_RE_METER_LIMIT: String(limit),
    ...booksVariables(command, flags),
  };
  const run = await runProgram(PROGRAM, variables, (output) => readOutput(output, csv));
  if (run.outcome === 'failed') {
    process.exitCode = run.exitCode;
    return;
  }
  const { report, rows } = run.result;
  if (!report) throw new Error('the program that meters the log afresh ended without a report');
  if (csv !== undefined) note(`${csv}: ${rows} charges`);
  if (wantsJson(command)) printJson(report);
  else showLogDiff(report, { tenant });
  process.exitCode = report.changed > 0 ? EXIT.wouldChange : EXIT.ok;
}

/** The report comes last; the charges before it go to the file, one at a time. */
async function readOutput(
  output: Readable,
  csv: string | undefined,
): Promise<{ readonly report: LogDiffReport | undefined; readonly rows: number }> {
  let report: LogDiffReport | undefined;
  async function* differences(): AsyncGenerator<LogDifference> {
    for await (const line of createInterface({ input: output })) {
      const said = logDiffLine.parse(JSON.parse(line));
      if ('report' in said) report = said.report;
      else yield said.difference;
    }
  }
  let rows = 0;
  if (csv !== undefined) rows = await writeRows(csv, COLUMNS, differences());
  else for await (const _ of differences()) rows += 1;
  return { report, rows };
}
