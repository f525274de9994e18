import type { Command } from 'commander';
import { z } from 'zod';
import { apiClientOf, wantsJson } from '../api/command-client.js';
import { printJson, printTable } from '../terminal/print.js';
import { showInvoice } from './show-invoice.js';

const summarySchema = z.looseObject({
  id: z.string(),
  number: z.string().nullish(),
  customer: z.string(),
  currency: z.string(),
  from: z.string(),
  to: z.string(),
  state: z.string(),
  net: z.string(),
  tax: z.string(),
  total: z.string(),
});

interface ListFlags {
  readonly run?: string;
  readonly customer?: string;
  readonly limit: string;
}

/** `?run=&customer=&limit=` of what was given. */
export function listQuery(flags: ListFlags): string {
  const query = new URLSearchParams({ limit: flags.limit });
  if (flags.run !== undefined) query.set('run', flags.run);
  if (flags.customer !== undefined) query.set('customer', flags.customer);
  return query.toString();
}

export function addInvoiceCommands(program: Command): void {
  const invoices = program.command('invoices').description('read invoices');
  invoices
    .command('list')
    .description('the first invoices, of a run or a customer')
    .option('--run <run>')
    .option('--customer <customer>')
    .option('--limit <n>', 'how many', '20')
    .action(list);
  invoices.command('show <invoice>').description('one invoice in full').action(show);
}

async function list(flags: ListFlags, command: Command): Promise<void> {
  const page = z.object({ items: z.array(summarySchema) });
  const { items } = await apiClientOf(command).json(`/v1/invoices?${listQuery(flags)}`, page);
  if (wantsJson(command)) return printJson(items);
  printTable(
    ['invoice', 'number', 'customer', 'currency', 'net>', 'tax>', 'total>', 'state'],
    items.map((i) => [
      i.id,
      i.number ?? '',
      i.customer,
      i.currency,
      i.net,
      i.tax,
      i.total,
      i.state,
    ]),
  );
}

async function show(id: string, _: object, command: Command): Promise<void> {
  const text = await apiClientOf(command).text(`/v1/invoices/${encodeURIComponent(id)}`);
  if (wantsJson(command)) return printJson(JSON.parse(text));
  showInvoice(JSON.parse(text) as unknown);
}
