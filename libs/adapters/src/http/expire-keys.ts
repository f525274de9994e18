import type { DataSource } from 'typeorm';
import type { Clock } from '../config/clock.js';
import { runInTransaction } from '../postgres/transaction.js';
import type { Logger } from '../telemetry/logger.js';
import { dropExpiredKeys } from './idempotency.js';

const KEPT_MS = 30 * 24 * 3_600_000;
const EVERY_MS = 3_600_000;

/** Forgets answers that are older than an `Idempotency-Key` is kept: at the start, and every hour. */
export function expireKeysHourly(parts: {
  /** Of the batch role. */
  readonly dataSource: DataSource;
  readonly clock: Clock;
  readonly logger: Logger;
}): NodeJS.Timeout {
  const expire = () => {
    const before = new Date(parts.clock.nowMicros() / 1_000 - KEPT_MS);
    runInTransaction(parts.dataSource, {}, (tx) => dropExpiredKeys(tx, before)).catch(
      (error: unknown) => parts.logger.warn({ err: error }, 'old idempotency keys stay for now'),
    );
  };
  expire();
  return setInterval(expire, EVERY_MS).unref();
}
