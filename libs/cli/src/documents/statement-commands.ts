import { writeFile } from 'node:fs/promises';
import type { Command } from 'commander';
import { z } from 'zod';
import { apiClientOf, wantsJson } from '../api/command-client.js';
import { note, printJson, printTable } from '../terminal/print.js';
import { listQuery } from './invoice-commands.js';

const summarySchema = z.looseObject({
  id: z.string(),
  customer: z.string(),
  currency: z.string(),
  from: z.string(),
  to: z.string(),
  charges: z.number(),
  sum: z.string(),
});

export function addStatementCommands(program: Command): void {
  const statements = program.command('statements').description('read sealed statements');
  statements
    .command('list')
    .description('the first statements, of a run or a customer')
    .option('--run <run>')
    .option('--customer <customer>')
    .option('--limit <n>', 'how many', '20')
    .action(list);
  statements
    .command('get <statement>')
    .description('the file that `farthing verify` reads')
    .option('-o, --output <file>', 'where to; stdout unless given')
    .action(get);
}

async function list(flags: Parameters<typeof listQuery>[0], command: Command): Promise<void> {
  const page = z.object({ items: z.array(summarySchema) });
  const { items } = await apiClientOf(command).json(`/v1/statements?${listQuery(flags)}`, page);
  if (wantsJson(command)) return printJson(items);
  printTable(
    ['statement', 'customer', 'currency', 'from', 'to', 'charges>', 'sum>'],
    items.map((s) => [s.id, s.customer, s.currency, s.from, s.to, String(s.charges), s.sum]),
  );
}

async function get(id: string, flags: { output?: string }, command: Command): Promise<void> {
  const file = await apiClientOf(command).text(`/v1/statements/${encodeURIComponent(id)}/file`);
  if (flags.output === undefined) {
    process.stdout.write(file);
    return;
  }
  await writeFile(flags.output, file);
  note(`${flags.output}: verify it anywhere with \`farthing verify ${flags.output}\``);
}
