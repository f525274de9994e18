import type { Command } from 'commander';
import { wantsJson } from '../api/command-client.js';
import { EXIT } from '../terminal/exit-codes.js';
import { printJson } from '../terminal/print.js';
import { addBooksOptions, assertPeriod, booksVariables, type BooksFlags } from './books-options.js';
import { isIdentical } from './replay-report.js';
import { runReplay } from './run-replay.js';
import { showReplay } from './show-replay.js';

interface ReplayFlags extends BooksFlags {
  readonly from: string;
  readonly to: string;
  readonly tenant?: string;
}

export function addReplayCommand(program: Command): void {
  const command = program
    .command('replay')
    .description(
      'rate the log again and compare the charges and statements of a period with what is stored',
    )
    .requiredOption('--from <instant>', 'RFC 3339: the first instant that is compared')
    .requiredOption('--to <instant>', 'RFC 3339: the first that no longer is')
    .option('--tenant <id>', 'compare those of one tenant')
    .action(run);
  addBooksOptions(command);
}

async function run(flags: ReplayFlags, command: Command): Promise<void> {
  const variables = {
    FARTHING_REPLAY_FROM: flags.from,
    FARTHING_REPLAY_TO: flags.to,
    FARTHING_REPLAY_TENANT: flags.tenant ?? '',
    ...booksVariables(command, flags),
  };
  assertPeriod(command, flags);
  const done = await runReplay(variables);
  if (done.outcome === 'failed') {
    process.exitCode = done.exitCode;
    return;
  }
  const { report } = done;
  process.exitCode = isIdentical(report) ? EXIT.ok : EXIT.failed;
  if (wantsJson(command)) printJson(report);
  else showReplay(report);
}
