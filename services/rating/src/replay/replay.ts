import { createKafka } from '@farthing/adapters/kafka/kafka-client';
import { createDataSource } from '@farthing/adapters/postgres/data-source';
import { runInTransaction } from '@farthing/adapters/postgres/transaction';
import type { Logger } from '@farthing/adapters/telemetry/logger';
import type { DataSource } from 'typeorm';
import { compareCharges, type Comparison } from './compare-charges.js';
import { chargesInOrder, type ComparedCharges } from './compared-charges.repository.js';
import { selectReaches } from './log-reach.js';
import type { ReplayConfig } from './replay-config.js';
import { replayLog } from './replay-log.js';

export interface ReplayReport extends Comparison {
  /** Of the log, that were rated again: all, as what is compared follows from what was before. */
  readonly records: number;
}

export interface ReplayParts {
  readonly config: ReplayConfig;
  readonly scratch: DataSource;
  readonly logger: Logger;
  readonly onProgress: (done: number, of: number) => void;
}

const TIMEOUT_MS = 3_600_000;

/** Rates the log again up to where rating is now, and compares the charges of the period. */
export async function replay({
  config,
  scratch,
  logger,
  onProgress,
}: ReplayParts): Promise<ReplayReport> {
  const kafka = createKafka({
    brokers: config.FARTHING_KAFKA_BROKERS,
    clientId: 'farthing-replay',
    topicPrefix: config.FARTHING_TOPIC_PREFIX,
    sessionTimeoutMs: config.FARTHING_SESSION_TIMEOUT,
    logger,
  });
  const stored = await createDataSource({
    url: config.FARTHING_AUDITOR_URL,
    schema: 'rating',
    applicationName: 'farthing-replay',
    logger,
    poolSize: 1,
    statementTimeoutMs: TIMEOUT_MS,
  });
  try {
    const reaches = await selectReaches(stored);
    const horizonMs = config.FARTHING_DEDUPE_HORIZON;
    const records = await replayLog({ kafka, scratch, reaches, horizonMs, logger, onProgress });
    const comparison = await compareBooks(stored, scratch, {
      from: config.FARTHING_REPLAY_FROM,
      to: config.FARTHING_REPLAY_TO,
      tenant: config.FARTHING_REPLAY_TENANT,
      reaches,
    });
    return { records, ...comparison };
  } finally {
    await stored.destroy();
  }
}

/** Of two schemas `rating`: a charge never changes and none is added below a reach, so neither is held still. */
export function compareBooks(
  stored: DataSource,
  scratch: DataSource,
  charges: ComparedCharges,
): Promise<Comparison> {
  const options = {
    readOnly: true,
    statementTimeoutMs: TIMEOUT_MS,
    idleInTransactionTimeoutMs: TIMEOUT_MS,
  };
  return runInTransaction(stored, options, (ofStored) =>
    runInTransaction(scratch, options, (ofScratch) =>
      compareCharges(chargesInOrder(ofStored, charges), chargesInOrder(ofScratch, charges)),
    ),
  );
}
