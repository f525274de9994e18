import type { Clock } from '@farthing/adapters/config/clock';
import { dropExpiredKeys } from '@farthing/adapters/http/idempotency';
import { runInTransaction } from '@farthing/adapters/postgres/transaction';
import type { Logger } from '@farthing/adapters/telemetry/logger';
import type { DataSource } from 'typeorm';

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
