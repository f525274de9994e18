import { createWriteStream } from 'node:fs';
import type { Command } from 'commander';
import { z } from 'zod';
import { apiClientOf, wantsJson } from '../api/command-client.js';
import { EXIT } from '../terminal/exit-codes.js';
import { note, printJson, printTable } from '../terminal/print.js';
import { Progress } from '../terminal/progress.js';
import { addCorrectionCommands } from './correct-event.js';
import { readEventFile, type EventLine } from './event-file.js';
import { sendEvents, type RejectedLine } from './send-events.js';
import { SendProgress } from './send-progress.js';

const SHOWN_REJECTS = 20;
const SAVE_EVERY_MS = 500;

export function addEventCommands(program: Command): void {
  const events = program
    .command('events')
    .description('send usage events and see what became of them');
  events
    .command('send <file>')
    .description(
      'send an NDJSON file of CloudEvents (plain or .gz); goes on where a broken sending stopped',
    )
    .option('--lanes <n>', 'requests under way at once', wholeNumber, 8)
    .option('--batch <n>', 'events a request', wholeNumber, 100)
    .option('--rejects <file>', 'write the rejected lines and their reasons to this NDJSON file')
    .action(send);
  events
    .command('status')
    .description("what became of the tenant's events, or of one with --source and --id")
    .option('--source <source>')
    .option('--id <id>')
    .action(status);
  addCorrectionCommands(events);
}

interface SendFlags {
  readonly lanes: number;
  readonly batch: number;
  readonly rejects?: string;
}

async function send(file: string, flags: SendFlags, command: Command): Promise<void> {
  const api = apiClientOf(command);
  const saved = await SendProgress.open(file);
  if (saved.resumeAfter > 0) note(`goes on after line ${saved.resumeAfter}`);
  const progress = new Progress();
  const reasons = new Map<string, number>();
  const rejects = flags.rejects === undefined ? undefined : createWriteStream(flags.rejects);
  let savedAtMs = 0;
  const totals = await sendEvents(api, after(readEventFile(file), saved.resumeAfter), {
    lanes: flags.lanes,
    batch: flags.batch,
    onRejected: (rejected) => {
      showRejected(rejected, reasons);
      rejects?.write(`${JSON.stringify(rejected)}\n`);
    },
    onProgress: async ({ sent, rejected }, acknowledgedThrough) => {
      progress.show(`${sent} sent, ${rejected} rejected`);
      if (Date.now() - savedAtMs < SAVE_EVERY_MS) return;
      savedAtMs = Date.now();
      await saved.save(acknowledgedThrough);
    },
  });
  progress.done();
  rejects?.end();
  await saved.remove();
  report(command, totals, reasons);
  if (totals.rejected > 0) process.exitCode = EXIT.partial;
}

function showRejected(rejected: RejectedLine, reasons: Map<string, number>): void {
  const { line, code, detail, pointer } = rejected;
  const shown = [...reasons.values()].reduce((sum, count) => sum + count, 0);
  if (shown < SHOWN_REJECTS) note(`line ${line}: ${code} ${pointer ?? ''} ${detail}`);
  if (shown === SHOWN_REJECTS) note('more lines were rejected; --rejects FILE keeps them all');
  reasons.set(code, (reasons.get(code) ?? 0) + 1);
}

function report(
  command: Command,
  totals: { sent: number; accepted: number; rejected: number },
  reasons: ReadonlyMap<string, number>,
): void {
  if (wantsJson(command)) return printJson({ ...totals, reasons: Object.fromEntries(reasons) });
  const rows = [['accepted', '', String(totals.accepted)]];
  for (const [code, count] of reasons) rows.push(['rejected', code, String(count)]);
  printTable(['outcome', 'reason', 'events>'], rows);
}

async function* after(lines: AsyncIterable<EventLine>, number: number): AsyncGenerator<EventLine> {
  for await (const line of lines) if (line.number > number) yield line;
}

const countsSchema = z.object({
  counts: z.array(
    z.object({ outcome: z.string(), reason: z.string().optional(), count: z.number() }),
  ),
  charged: z.number(),
});

async function status(flags: { source?: string; id?: string }, command: Command): Promise<void> {
  const api = apiClientOf(command);
  const query = new URLSearchParams();
  if (flags.source !== undefined) query.set('source', flags.source);
  if (flags.id !== undefined) {
    if (flags.source === undefined) command.error('--id needs --source', { exitCode: EXIT.usage });
    query.set('id', flags.id);
    return printJson(await api.json(`/v1/event-fates?${query.toString()}`, z.unknown()));
  }
  const answer = await api.json(`/v1/event-counts?${query.toString()}`, countsSchema);
  if (wantsJson(command)) return printJson(answer);
  const rows = answer.counts.map(({ outcome, reason, count }) => [
    outcome,
    reason ?? '',
    String(count),
  ]);
  rows.push(['applied with a charge', '', String(answer.charged)]);
  printTable(['outcome', 'reason', 'events>'], rows);
}

function wholeNumber(text: string): number {
  const number = Number(text);
  if (!Number.isInteger(number) || number < 1)
    throw new Error(`${text} is not a whole number from 1`);
  return number;
}
