import type { Command } from 'commander';
import { z } from 'zod';
import { apiClientOf, wantsJson } from '../api/command-client.js';
import { readDecided, requestDecision } from '../api/decision.js';
import { EXIT } from '../terminal/exit-codes.js';
import { note, printJson, printLine, printTable } from '../terminal/print.js';

const chargeSchema = z.looseObject({
  id: z.string(),
  price: z.string(),
  quantityBefore: z.string(),
  quantityAfter: z.string(),
  amount: z.string(),
  currency: z.string(),
});

const fateSchema = z.looseObject({
  outcome: z.string(),
  charges: z.array(chargeSchema),
  standing: z.enum(['voided', 'corrected']).optional(),
  corrections: z
    .array(
      z.looseObject({
        status: z.string(),
        reason: z.string(),
        refusal: z.string().optional(),
        adjustments: z.array(chargeSchema),
      }),
    )
    .optional(),
});

type Fate = z.infer<typeof fateSchema>;
type Charge = z.infer<typeof chargeSchema>;

interface EventFlags {
  readonly source: string;
  readonly id: string;
  readonly reason: string;
  readonly yes?: boolean;
}

interface CorrectFlags extends EventFlags {
  readonly data: string;
  readonly time?: string;
}

export function addCorrectionCommands(events: Command): void {
  withEvent(events.command('void'))
    .description('take back what an event came to; says what that is unless --yes')
    .action((flags: EventFlags, command: Command) => run('void', flags, command));
  withEvent(events.command('correct'))
    .description('put other data in the place of what an event said; a dry run unless --yes')
    .requiredOption('--data <json>', 'what it should have said')
    .option('--time <time>', 'when it should have occurred, RFC 3339; absent: when it did')
    .action((flags: CorrectFlags, command: Command) => run('correct', flags, command));
}

function withEvent(command: Command): Command {
  return command
    .requiredOption('--source <source>', 'of the event')
    .requiredOption('--id <id>', 'of the event')
    .requiredOption('--reason <text>', 'for whoever reads it later')
    .option('--yes', 'do it');
}

async function run(
  kind: 'void' | 'correct',
  flags: EventFlags & Partial<CorrectFlags>,
  command: Command,
): Promise<void> {
  const { source, id, reason, data, time } = flags;
  const body = { source, id, reason, ...(data !== undefined && { data: dataOf(data, command) }) };
  const api = apiClientOf(command);
  const path = `/v1/event-fates?${new URLSearchParams({ source, id }).toString()}`;
  const before = await api.json(path, fateSchema);
  if (!flags.yes) {
    show(before, command);
    if (before.standing === 'voided' || before.charges.length === 0) return;
    note('a dry run: nothing was changed; --yes does it');
    process.exitCode = EXIT.wouldChange;
    return;
  }
  const asked = { ...body, ...(time !== undefined && { time }) };
  await requestDecision(api, `/v1/event-fates/${kind}`, asked);
  const after = await readDecided(
    () => api.json(path, fateSchema),
    ({ corrections = [] }) => corrections.some(({ status }) => status.endsWith('_requested')),
  );
  show(after, command);
  const last = after.corrections?.at(-1)?.status;
  if (last !== 'voided' && last !== 'corrected') process.exitCode = EXIT.failed;
}

function dataOf(text: string, command: Command): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return command.error('--data is not JSON', { exitCode: EXIT.usage });
  }
}

function show(fate: Fate, command: Command): void {
  if (wantsJson(command)) return printJson(fate);
  printLine(`${fate.outcome}${fate.standing === undefined ? '' : `, ${fate.standing}`}`);
  const rows = fate.charges.map((charge) => rowOf('charged', charge));
  for (const { status, refusal, adjustments } of fate.corrections ?? []) {
    if (adjustments.length === 0) rows.push([status, refusal ?? '', '', '', '']);
    rows.push(...adjustments.map((charge) => rowOf(status, charge)));
  }
  printTable(['', 'price', 'from>', 'to>', 'amount>'], rows);
}

function rowOf(status: string, charge: Charge): string[] {
  const { price, quantityBefore, quantityAfter, amount, currency } = charge;
  return [status, price, quantityBefore, quantityAfter, `${amount} ${currency}`];
}
