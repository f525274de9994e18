import { InvalidArgumentError, type Command } from 'commander';
import type { ApiClient } from '@farthing/adapters/http/api-client';
import { apiClientOf, wantsJson } from '../api/command-client.js';
import { soundBook } from '../prices/sound-book.js';
import { addBooksOptions, type BooksFlags } from '../replay/books-options.js';
import { EXIT } from '../terminal/exit-codes.js';
import { note, printJson } from '../terminal/print.js';
import { applyReRating } from './apply-re-rating.js';
import { writeDifferences } from './differences-csv.js';
import { follow, moversBy } from './follow-re-rating.js';
import { reRatingSchema } from './re-rating-answers.js';
import { rerateFromLog } from './rerate-from-log.js';
import { showReRating } from './show-re-rating.js';

interface Flags extends BooksFlags {
  readonly from?: string;
  readonly to?: string;
  readonly source: 'charges' | 'log';
  readonly by: 'occurredAt' | 'usagePeriod';
  readonly tenant?: string;
  readonly price?: string;
  readonly customer?: string;
  readonly book?: string;
  readonly id?: string;
  readonly apply?: string;
  readonly yes?: boolean;
  readonly csv?: string;
  readonly dryRun?: boolean;
  readonly limit: number;
}

export function addRerateCommand(program: Command): void {
  const command = program
    .command('rerate')
    .description('what stored charges would cost under other price versions, and to make it so')
    .option(
      '--source <which>',
      'charges, or log: by the meters of now, too, which needs the books and the log',
      sourceOf,
      'charges',
    )
    .option('--from <instant>', 'RFC 3339: the first instant of use that counts')
    .option('--to <instant>', 'RFC 3339: the first that no longer counts')
    .option('--by <which>', 'occurredAt, or usagePeriod by its beginning', whichOf, 'occurredAt')
    .option('--price <key>', 'charges of one price')
    .option('--customer <id>', 'charges of one customer')
    .option('--tenant <id>', 'with --source log: events and charges of one tenant')
    .option('--book <file>', 'a price book whose prices are taken for the newest versions')
    .option('--id <id>', 'a re-rating that was begun before')
    .option('--csv <file>', 'writes a line for each charge that would be another amount')
    .option(
      '--apply <id>',
      'corrects the charges of a re-rating; without --yes it says what it would do',
    )
    .option('--yes', 'with --apply: does it, and waits until it is done')
    .option('--dry-run', 'compare only, which is what this command does without --yes')
    .option('--limit <n>', 'how many customers and creators the tables show', wholeNumber, 20)
    .action(rerate);
  addBooksOptions(command);
}

async function rerate(flags: Flags, command: Command): Promise<void> {
  if (flags.source === 'log') return diffFromLog(flags, command);
  if (flags.tenant !== undefined) {
    return command.error('--tenant is for --source log: otherwise the key says whose charges', {
      exitCode: EXIT.usage,
    });
  }
  if (flags.yes && (flags.apply === undefined || flags.dryRun)) {
    return command.error('--yes is for --apply, without --dry-run', { exitCode: EXIT.usage });
  }
  if (flags.apply !== undefined) return applyReRating(flags.apply, flags, command);
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
  const movers = await moversBy(api, id, flags.limit);
  if (wantsJson(command)) printJson({ ...done, ...movers });
  else showReRating(done, movers);
  process.exitCode = done.changed > 0 ? EXIT.wouldChange : EXIT.ok;
}

/** A diff from the log may say that an event has other charges: none of that is an adjustment of those it has. */
const NOT_APPLIED =
  'log_diff_not_applied: a diff from the log changes what events come to, which is not adjusted charge by charge; ' +
  'take such events back with `farthing events void`, or put their data again with `farthing events correct`';

function diffFromLog(flags: Flags, command: Command): Promise<void> {
  const { from, to, apply, yes, book, id, by } = flags;
  const exitCode = EXIT.usage;
  if (apply !== undefined || yes) return command.error(NOT_APPLIED, { exitCode });
  if (book !== undefined || id !== undefined || by !== 'occurredAt') {
    return command.error('--book, --id and --by are for a diff from the charges', { exitCode });
  }
  if (from === undefined || to === undefined) {
    return command.error('--from and --to are needed', { exitCode });
  }
  return rerateFromLog({ ...flags, from, to }, command);
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

function sourceOf(text: string): string {
  if (text === 'charges' || text === 'log') return text;
  throw new InvalidArgumentError('must be charges or log');
}

function whichOf(text: string): string {
  if (text === 'occurredAt' || text === 'usagePeriod') return text;
  throw new InvalidArgumentError('must be occurredAt or usagePeriod');
}

function wholeNumber(text: string): number {
  if (!/^\d{1,3}$/.test(text)) throw new InvalidArgumentError('must be a whole number below 1000');
  return Number(text);
}
