import type { Command } from 'commander';
import { parseMicros } from '@farthing/domain/period/micros';
import { wantsJson } from '../api/command-client.js';
import { EXIT } from '../terminal/exit-codes.js';
import { printJson } from '../terminal/print.js';
import { isIdentical } from './replay-report.js';
import { runReplay } from './run-replay.js';
import { showReplay } from './show-replay.js';

interface ReplayFlags {
  readonly from: string;
  readonly to: string;
  readonly tenant?: string;
  readonly database?: string;
  readonly scratch?: string;
  readonly brokers?: string;
  readonly topicPrefix: string;
}

export function addReplayCommand(program: Command): void {
  const { env } = process;
  program
    .command('replay')
    .description(
      'rate the log again and compare the charges and statements of a period with what is stored',
    )
    .requiredOption('--from <instant>', 'RFC 3339: the first instant that is compared')
    .requiredOption('--to <instant>', 'RFC 3339: the first that no longer is')
    .option('--tenant <id>', 'compare those of one tenant')
    .option(
      '--database <url>',
      'the books, as role farthing_auditor [FARTHING_AUDITOR_URL]',
      env.FARTHING_AUDITOR_URL,
    )
    .option(
      '--scratch <url>',
      'where a database may be made and dropped again [FARTHING_SCRATCH_URL]',
      env.FARTHING_SCRATCH_URL,
    )
    .option(
      '--brokers <list>',
      'Kafka brokers [FARTHING_KAFKA_BROKERS]',
      env.FARTHING_KAFKA_BROKERS,
    )
    .option('--topic-prefix <prefix>', '[FARTHING_TOPIC_PREFIX]', env.FARTHING_TOPIC_PREFIX ?? '')
    .action(run);
}

async function run(flags: ReplayFlags, command: Command): Promise<void> {
  const variables = {
    FARTHING_REPLAY_FROM: flags.from,
    FARTHING_REPLAY_TO: flags.to,
    FARTHING_REPLAY_TENANT: flags.tenant ?? '',
    FARTHING_AUDITOR_URL: needed(command, flags.database, '--database', 'FARTHING_AUDITOR_URL'),
    FARTHING_SCRATCH_URL: needed(command, flags.scratch, '--scratch', 'FARTHING_SCRATCH_URL'),
    FARTHING_KAFKA_BROKERS: needed(command, flags.brokers, '--brokers', 'FARTHING_KAFKA_BROKERS'),
    FARTHING_TOPIC_PREFIX: flags.topicPrefix,
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

function needed(
  command: Command,
  value: string | undefined,
  option: string,
  variable: string,
): string {
  return value ?? command.error(`no ${option} and no ${variable}`, { exitCode: EXIT.usage });
}

function assertPeriod(command: Command, { from, to }: ReplayFlags): void {
  const [begin, end] = [parseMicros(from), parseMicros(to)];
  if (begin.outcome === 'parsed' && end.outcome === 'parsed' && begin.micros < end.micros) return;
  command.error('--from and --to must be RFC 3339 instants, --to the later one', {
    exitCode: EXIT.usage,
  });
}
