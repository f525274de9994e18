import type { Command } from 'commander';
import { createKafka } from '@farthing/adapters/kafka/kafka-client';
import { createLogger } from '@farthing/adapters/telemetry/logger';
import { formatNanos } from '@farthing/domain/money/nanos';
import { wantsJson } from '../api/command-client.js';
import { printJson, printTable } from '../terminal/print.js';
import { LogPricer } from './price-log.js';
import { readCatalog, readLog } from './read-log.js';

export function addLogCommands(program: Command): void {
  program
    .command('log')
    .description('read the log of accepted events itself')
    .command('price <tenant>')
    .description(
      "price a tenant's events again, straight from the log, and print what they come to",
    )
    .option(
      '--brokers <list>',
      'Kafka brokers [FARTHING_KAFKA_BROKERS]',
      process.env.FARTHING_KAFKA_BROKERS,
    )
    .option(
      '--topic-prefix <prefix>',
      '[FARTHING_TOPIC_PREFIX]',
      process.env.FARTHING_TOPIC_PREFIX ?? '',
    )
    .action(priceLog);
}

async function priceLog(
  tenant: string,
  flags: { brokers?: string; topicPrefix: string },
  command: Command,
): Promise<void> {
  if (flags.brokers === undefined) {
    return command.error('no --brokers and no FARTHING_KAFKA_BROKERS', { exitCode: 2 });
  }
  const kafka = createKafka({
    brokers: flags.brokers.split(','),
    clientId: 'farthing-cli',
    topicPrefix: flags.topicPrefix,
    logger: createLogger({ service: 'farthing-cli', level: 'silent' }),
  });
  const pricer = new LogPricer(tenant, await readCatalog(kafka));
  await readLog(kafka, (record) => pricer.take(record));
  const { events, duplicates, charges, sums } = pricer.totals;
  const totals = [...sums].map(([currency, nanos]) => ({ currency, amount: formatNanos(nanos) }));
  if (wantsJson(command)) return printJson({ tenant, events, duplicates, charges, totals });
  printTable(
    ['', '>'],
    [
      ['events in the log', String(events)],
      ['of these duplicates', String(duplicates)],
      ['charges', String(charges)],
      ...totals.map(({ currency, amount }) => ['total', `${amount} ${currency}`]),
    ],
  );
}
