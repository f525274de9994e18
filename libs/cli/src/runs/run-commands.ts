import { setTimeout as sleep } from 'node:timers/promises';
import type { Command } from 'commander';
import { z } from 'zod';
import { type ApiClient } from '@farthing/adapters/http/api-client';
import { apiClientOf, wantsJson } from '../api/command-client.js';
import { EXIT } from '../terminal/exit-codes.js';
import { note, printJson, printLine, printTable } from '../terminal/print.js';

const POLL_MS = 500;

const runSchema = z.looseObject({
  id: z.string(),
  state: z.string(),
  closesBefore: z.string(),
  partitions: z.object({ passed: z.number(), of: z.number() }),
  customers: z.object({ done: z.number(), of: z.number() }),
  invoices: z.number(),
  statements: z.number(),
  parked: z.number(),
  totals: z.array(
    z.object({
      currency: z.string(),
      charges: z.string(),
      paid: z.string(),
      net: z.string(),
      tax: z.string(),
      carriedForward: z.string(),
      residual: z.string(),
    }),
  ),
  fault: z.string().nullish(),
});

type Run = z.infer<typeof runSchema>;

export function addRunCommands(program: Command): void {
  const runs = program.command('runs').description('close billing periods');
  runs
    .command('start')
    .description(
      'close every period that ended at or before an instant; the same again is the same run',
    )
    .requiredOption('--closes-before <instant>', 'RFC 3339, not in the future')
    .option('--watch', 'wait until it is finalized')
    .action(start);
  runs
    .command('watch <run>')
    .description('follow a run until it is finalized')
    .action(async (id: string, _: object, command: Command) =>
      watch(apiClientOf(command), id, command),
    );
}

async function start(
  flags: { closesBefore: string; watch?: boolean },
  command: Command,
): Promise<void> {
  const api = apiClientOf(command);
  const run = await api.json('/v1/cycle-runs', runSchema, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ closesBefore: flags.closesBefore }),
  });
  if (flags.watch) return watch(api, run.id, command);
  show(run, command);
}

async function watch(api: ApiClient, id: string, command: Command): Promise<void> {
  let shown = '';
  for (;;) {
    const run = await api.json(`/v1/cycle-runs/${id}`, runSchema);
    const line = lineOf(run);
    if (line !== shown) note(line);
    shown = line;
    if (run.state === 'finalized' || run.state === 'abandoned' || run.fault) {
      show(run, command);
      if (run.state !== 'finalized') process.exitCode = EXIT.failed;
      return;
    }
    await sleep(POLL_MS);
  }
}

function lineOf({ state, partitions, customers, fault }: Run): string {
  const progress = `${partitions.passed} of ${partitions.of} partitions, ${customers.done} of ${customers.of} customers`;
  return `${state}: ${progress}${fault ? `: ${fault}` : ''}`;
}

function show(run: Run, command: Command): void {
  if (wantsJson(command)) return printJson(run);
  printLine(`run ${run.id}, closes before ${run.closesBefore}: ${run.state}`);
  if (run.fault) printLine(run.fault);
  printLine(`${run.invoices} invoices, ${run.statements} statements, ${run.parked} parked`);
  const head = ['currency', 'charges>', 'paid>', 'net>', 'tax>', 'carried forward>', 'residual>'];
  const rows = run.totals.map((total) => [
    total.currency,
    total.charges,
    total.paid,
    total.net,
    total.tax,
    total.carriedForward,
    total.residual,
  ]);
  if (rows.length > 0) printTable(head, rows);
}
