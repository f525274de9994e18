import type { DataSource } from 'typeorm';
import type { Clock } from '@farthing/adapters/config/clock';
import { dropExpiredKeys } from '@farthing/adapters/http/idempotency';
import { runInTransaction } from '@farthing/adapters/postgres/transaction';
import type { Logger } from '@farthing/adapters/telemetry/logger';

const KEPT_DAYS = 30;
const HOUR_MS = 3_600_000;

/** Forgets answers that are older than an `Idempotency-Key` is kept; every hour, and once at the start. */
export function expireKeysHourly(parts: {
  /** Of the batch role. */
  readonly dataSource: DataSource;
  readonly clock: Clock;
  readonly logger: Logger;
}): NodeJS.Timeout {
  const expire = async () => {
    const keptMs = KEPT_DAYS * 24 * HOUR_MS;
    const before = new Date(parts.clock.nowMicros() / 1_000 - keptMs);
    await runInTransaction(parts.dataSource, {}, (tx) => dropExpiredKeys(tx, before));
  };
  const run = () =>
    void expire().catch((error: unknown) =>
      parts.logger.warn({ err: error }, 'old idempotency keys stay for another hour'),
    );
  run();
  return setInterval(run, HOUR_MS).unref();
}
