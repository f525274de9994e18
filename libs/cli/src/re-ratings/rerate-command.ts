import { setTimeout as sleep } from 'node:timers/promises';
import { InvalidArgumentError, type Command } from 'commander';
import type { ApiClient } from '@farthing/adapters/http/api-client';
import { apiClientOf, wantsJson } from '../api/command-client.js';
import { soundBook } from '../prices/sound-book.js';
import { EXIT } from '../terminal/exit-codes.js';
import { note, printJson } from '../terminal/print.js';
import { Progress } from '../terminal/progress.js';
import { writeDifferences } from './differences-csv.js';
import { reRatingSchema, sumSchema, type ReRating, type Sum } from './re-rating-answers.js';
import { showReRating } from './show-re-rating.js';

interface Flags {
  readonly from?: string;
  readonly to?: string;
  readonly by: 'occurredAt' | 'usagePeriod';
  readonly price?: string;
  readonly customer?: string;
  readonly book?: string;
  readonly id?: string;
  readonly csv?: string;
  readonly limit: number;
}

const POLL_MS = 300;

export function addRerateCommand(program: Command): void {
  program
    .command('rerate')
    .description('what stored charges would cost under other price versions; it changes nothing')
    .option('--from <instant>', 'RFC 3339: the first instant of use that counts')
    .option('--to <instant>', 'RFC 3339: the first that no longer counts')
    .option('--by <which>', 'occurredAt, or usagePeriod by its beginning', whichOf, 'occurredAt')
    .option('--price <key>', 'charges of one price')
    .option('--customer <id>', 'charges of one customer')
    .option('--book <file>', 'a price book whose prices are taken for the newest versions')
    .option('--id <id>', 'a re-rating that was begun before')
    .option('--csv <file>', 'writes a line for each charge that would be another amount')
    .option('--dry-run', 'compare only, which is all that this command does')
    .option('--limit <n>', 'how many customers and creators the tables show', wholeNumber, 20)
    .action(rerate);
}

async function rerate(flags: Flags, command: Command): Promise<void> {
  const begun = flags.id !== undefined;
  if (!begun && (flags.from === undefined || flags.to === undefined)) {
    return command.error('--from and --to are needed, or --id', { exitCode: EXIT.usage });
  }
  const book = flags.book === undefined ? undefined : await soundBook(flags.book);
  if (flags.book !== undefined && book === undefined) return;
  const api = apiClientOf(command);
  const id = flags.id ?? (await begin(api, flags, book?.prices ?? []));
  const done = await follow(api, id);
  if (done.state === 'failed') {
    note(`re-rating ${id} failed: ${done.fault ?? ''}`);
    process.exitCode = EXIT.failed;
    return;
  }
  if (flags.csv !== undefined) {
    const rows = await writeDifferences(api, id, flags.csv);
    note(`${flags.csv}: ${rows} charges`);
  }
  const movers = {
    customers: await moversOf(api, id, { of: 'customer', limit: flags.limit }),
    creators: await moversOf(api, id, { of: 'creator', limit: flags.limit }),
  };
  if (wantsJson(command)) printJson({ ...done, ...movers });
  else showReRating(done, movers);
  process.exitCode = done.changed > 0 ? EXIT.wouldChange : EXIT.ok;
}

async function begin(api: ApiClient, flags: Flags, candidates: readonly object[]): Promise<string> {
  const { from, to, by, price, customer } = flags;
  const body = JSON.stringify({ from, to, by, price, customer, candidates });
  const headers = { 'content-type': 'application/json' };
  const { id } = await api.json('/v1/re-ratings', reRatingSchema, {
    method: 'POST',
    headers,
    body,
  });
  note(`re-rating ${id}: go on with --id ${id} should this be interrupted`);
  return id;
}

/** Until it is finished or has failed. */
async function follow(api: ApiClient, id: string): Promise<ReRating> {
  const progress = new Progress();
  for (;;) {
    const reRating = await api.json(`/v1/re-ratings/${encodeURIComponent(id)}`, reRatingSchema);
    const { state, charges } = reRating;
    const { done, of } = reRating.progress.customers;
    progress.show(`${state}: ${charges} charges, ${done} of ${of} customers`);
    if (state === 'finished' || state === 'failed') {
      progress.done();
      return reRating;
    }
    await sleep(POLL_MS);
  }
}

async function moversOf(
  api: ApiClient,
  id: string,
  { of, limit }: { readonly of: 'customer' | 'creator'; readonly limit: number },
): Promise<Sum[]> {
  const query = `of=${of}&limit=${Math.max(limit, 1)}`;
  const { items } = await api.json(
    `/v1/re-ratings/${encodeURIComponent(id)}/sums?${query}`,
    sumSchema,
  );
  return items.filter(({ changed }) => changed > 0).slice(0, limit);
}

function whichOf(text: string): string {
  if (text === 'occurredAt' || text === 'usagePeriod') return text;
  throw new InvalidArgumentError('must be occurredAt or usagePeriod');
}

function wholeNumber(text: string): number {
  if (!/^\d{1,3}$/.test(text)) throw new InvalidArgumentError('must be a whole number below 1000');
  return Number(text);
}
