import { Counter, Gauge, Histogram } from 'prom-client';
import type { Registry } from '@farthing/adapters/telemetry/metrics-registry';
import type { Effects } from './rate-batch/effects.js';

/** Every metric of rating, a function per event. */
export interface RatingMetrics {
  /** Call what it answers when the transaction has committed, with what it made. */
  startChunk(): (effects: readonly Effects[]) => void;
  published(messages: number): void;
  partitionHalted(partition: number, reason: string): void;
  waitingToPublish(messages: number): void;
  oldestUnpublished(ageSeconds: number): void;
}

export function createRatingMetrics(registry: Registry): RatingMetrics {
  const registers = [registry];
  const events = new Counter({
    name: 'farthing_rating_events_total',
    help: 'Events by how they ended.',
    labelNames: ['outcome'],
    registers,
  });
  const charges = new Counter({
    name: 'farthing_rating_charges_total',
    help: 'Charges committed.',
    registers,
  });
  const seconds = new Histogram({
    name: 'farthing_rating_transaction_seconds',
    help: 'Time of one transaction on a partition.',
    buckets: [0.005, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5],
    registers,
  });
  const messages = new Counter({
    name: 'farthing_rating_published_total',
    help: 'Rated messages acknowledged by Kafka.',
    registers,
  });
  const halted = new Gauge({
    name: 'farthing_rating_partition_halted',
    help: '1 for a partition that stopped, until somebody has looked.',
    labelNames: ['partition', 'reason'],
    registers,
  });
  const waiting = new Gauge({
    name: 'farthing_rating_waiting_to_publish',
    help: 'Rated messages committed and not yet acknowledged, in this process.',
    registers,
  });
  const oldest = new Gauge({
    name: 'farthing_rating_oldest_unpublished_seconds',
    help: 'Age of the oldest committed range that is not known to be published; 0 for none.',
    registers,
  });
  return {
    startChunk: () => {
      const end = seconds.startTimer();
      return (effects) => {
        end();
        for (const made of effects) {
          charges.inc(made.charges);
          for (const count of made.counts.all()) {
            events.inc({ outcome: count.outcome }, count.events);
          }
        }
      };
    },
    published: (count) => messages.inc(count),
    partitionHalted: (partition, reason) => halted.set({ partition, reason }, 1),
    waitingToPublish: (count) => waiting.set(count),
    oldestUnpublished: (ageSeconds) => oldest.set(ageSeconds),
  };
}
