import type { DataSource } from 'typeorm';
import type { Logger } from '@farthing/adapters/telemetry/logger';
import type { RatingMetrics } from '../metrics.js';
import type { RangePublisher } from './range-publisher.js';
import { selectStuckPartitions } from './ranges.repository.js';

const EVERY_MS = 5_000;
const STUCK_AFTER_SECONDS = 15;

/**
 * Publishes what a process left behind that died between a commit and its message, when nothing else comes along in
 * that partition to do so. Any process may: readers trim what they get twice.
 */
export function sweepUnpublished(parts: {
  readonly dataSource: DataSource;
  readonly publisher: RangePublisher;
  readonly metrics: RatingMetrics;
  readonly logger: Logger;
}): { close(): void } {
  const sweep = async () => {
    const stuck = await selectStuckPartitions(parts.dataSource, STUCK_AFTER_SECONDS);
    parts.metrics.oldestUnpublished(Math.max(0, ...stuck.map(({ ageSeconds }) => ageSeconds)));
    parts.metrics.waitingToPublish(parts.publisher.waiting);
    for (const { partition } of stuck) await parts.publisher.takeOver(partition);
  };
  const timer = setInterval(() => {
    sweep().catch((error: unknown) => parts.logger.warn({ err: error }, 'the sweep failed'));
  }, EVERY_MS);
  return { close: () => clearInterval(timer) };
}
