import type { Logger } from '@farthing/adapters/telemetry/logger';
import type { DataSource } from 'typeorm';
import { compareBooks, compareSealed } from './compare-books.js';
import type { Comparison } from './compare-charges.js';
import type { StatementComparison } from './compare-statements.js';
import { selectReaches } from './log-reach.js';
import { openBooks } from './open-books.js';
import type { ReplayConfig } from './replay-config.js';
import { replayLog } from './replay-log.js';
import { selectSealedThrough } from './sealed-statements.repository.js';

export interface ReplayReport extends Comparison {
  /** Of the log, that were rated again: all, as what is compared follows from what was before. */
  readonly records: number;
  readonly statements: StatementComparison;
}

export interface ReplayParts {
  readonly config: ReplayConfig;
  readonly scratch: DataSource;
  readonly logger: Logger;
  readonly onProgress: (done: number, of: number) => void;
}

/** Rates the log again up to where rating is now, and compares the period's charges and the statements they make. */
export async function replay({
  config,
  scratch,
  logger,
  onProgress,
}: ReplayParts): Promise<ReplayReport> {
  const { kafka, stored } = await openBooks(config, logger);
  try {
    // What is sealed by now rating had applied before, so it lies below the reaches.
    const sealed = await selectSealedThrough(stored);
    const reaches = await selectReaches(stored);
    const horizonMs = config.FARTHING_DEDUPE_HORIZON;
    const log = await replayLog({ kafka, scratch, reaches, horizonMs, logger, onProgress });
    const period = {
      from: config.FARTHING_REPLAY_FROM,
      to: config.FARTHING_REPLAY_TO,
      tenant: config.FARTHING_REPLAY_TENANT,
    };
    const comparison = await compareBooks(stored, scratch, { ...period, reaches });
    const statements = await compareSealed(stored, scratch, {
      ...period,
      sealed,
      catalog: log.catalog,
    });
    return { records: log.records, ...comparison, statements };
  } finally {
    await stored.destroy();
  }
}
