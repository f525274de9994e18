import type { Command } from 'commander';
import { parseMicros } from '@farthing/domain/period/micros';
import { EXIT } from '../terminal/exit-codes.js';

/** Where the books and the log are, for programs that rate the log beside the books. */
export interface BooksFlags {
  readonly database?: string;
  readonly scratch?: string;
  readonly brokers?: string;
  readonly topicPrefix: string;
}

export function addBooksOptions(command: Command): void {
  const { env } = process;
  command
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
    .option('--topic-prefix <prefix>', '[FARTHING_TOPIC_PREFIX]', env.FARTHING_TOPIC_PREFIX ?? '');
}

/** As the programs take them. Ends in an error of usage when one is missing. */
export function booksVariables(command: Command, flags: BooksFlags): Record<string, string> {
  return {
    FARTHING_AUDITOR_URL: needed(command, flags.database, '--database', 'FARTHING_AUDITOR_URL'),
    FARTHING_SCRATCH_URL: needed(command, flags.scratch, '--scratch', 'FARTHING_SCRATCH_URL'),
    FARTHING_KAFKA_BROKERS: needed(command, flags.brokers, '--brokers', 'FARTHING_KAFKA_BROKERS'),
    FARTHING_TOPIC_PREFIX: flags.topicPrefix,
  };
}

function needed(
  command: Command,
  value: string | undefined,
  option: string,
  variable: string,
): string {
  return value ?? command.error(`no ${option} and no ${variable}`, { exitCode: EXIT.usage });
}

export function assertPeriod(
  command: Command,
  { from, to }: { readonly from: string; readonly to: string },
): void {
  const [begin, end] = [parseMicros(from), parseMicros(to)];
  if (begin.outcome === 'parsed' && end.outcome === 'parsed' && begin.micros < end.micros) return;
  command.error('--from and --to must be RFC 3339 instants, --to the later one', {
    exitCode: EXIT.usage,
  });
}
