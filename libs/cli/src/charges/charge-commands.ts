import type { Command } from 'commander';
import { z } from 'zod';
import { apiClientOf, wantsJson } from '../api/command-client.js';
import { readDecided, requestDecision } from '../api/decision.js';
import { EXIT } from '../terminal/exit-codes.js';
import { note, printJson, printLine, printTable } from '../terminal/print.js';

const refundSchema = z.looseObject({
  status: z.enum(['requested', 'refunded', 'refused']),
  by: z.string().optional(),
  refusal: z.string().optional(),
});

const chargeSchema = z.looseObject({
  id: z.string(),
  customer: z.string(),
  kind: z.string(),
  source: z.string(),
  event: z.string(),
  price: z.string(),
  amount: z.string(),
  currency: z.string(),
  shares: z.array(z.object({ creator: z.string(), amount: z.string() })),
  bookingFrom: z.string(),
  bookingTo: z.string(),
  refund: refundSchema.optional(),
});

type Charge = z.infer<typeof chargeSchema>;

export function addChargeCommands(program: Command): void {
  program
    .command('charges')
    .description('correct charges')
    .command('refund <charge>')
    .description('give a charge back to who paid it; says what it would give back unless --yes')
    .requiredOption('--reason <text>', 'for whoever reads it later')
    .option('--yes', 'do it')
    .action(refund);
}

async function refund(
  id: string,
  flags: { reason: string; yes?: boolean },
  command: Command,
): Promise<void> {
  const api = apiClientOf(command);
  const path = `/v1/charges/${encodeURIComponent(id)}`;
  if (!flags.yes) {
    const charge = await api.json(path, chargeSchema);
    show(charge, command);
    if (charge.refund) return;
    note('a dry run: nothing was given back; --yes does it');
    process.exitCode = EXIT.wouldChange;
    return;
  }
  await requestDecision(api, `${path}/refund`, { reason: flags.reason });
  const charge = await readDecided(
    () => api.json(path, chargeSchema),
    ({ refund: asked }) => asked?.status === 'requested',
  );
  show(charge, command);
  if (charge.refund?.status !== 'refunded') process.exitCode = EXIT.failed;
}

function show(charge: Charge, command: Command): void {
  if (wantsJson(command)) return printJson(charge);
  const { customer, currency, amount, shares } = charge;
  const rest = shares.map((share) => [`from creator ${share.creator}`, share.amount]);
  printLine(`${charge.id}: ${charge.price}, event ${charge.event} of ${charge.source}`);
  printTable(['', `${currency}>`], [[`to customer ${customer}`, amount], ...rest]);
  printLine(stateOf(charge));
}

function stateOf({ refund: asked }: Charge): string {
  switch (asked?.status) {
    case 'requested':
      return 'the refund was asked for and is not applied yet';
    case 'refunded':
      return `refunded by ${asked.by}`;
    case 'refused':
      return `the refund was refused: ${asked.refusal}`;
    case undefined:
      return 'not refunded';
  }
}
