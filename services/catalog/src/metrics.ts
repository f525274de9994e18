import { Counter, Gauge } from 'prom-client';
import type { Registry } from '@farthing/adapters/telemetry/metrics-registry';

/** Every metric of this service, one function per business event. Labels are few; never a tenant or a customer. */
export interface CatalogMetrics {
  /** A new version of a thing was committed. */
  versionRecorded(kind: string): void;
  /** A command found that nothing was to change. */
  nothingChanged(kind: string): void;
  customersLearnt(count: number): void;
  partitionHalted(topic: string, partition: number): void;
}

export function createMetrics(registry: Registry): CatalogMetrics {
  const registers = [registry];
  const commands = new Counter({
    name: 'farthing_catalog_commands_total',
    help: 'Commands that were carried out, by what they were about and whether they changed it.',
    labelNames: ['kind', 'changed'],
    registers,
  });
  const learnt = new Counter({
    name: 'farthing_catalog_customers_learnt_total',
    help: 'Customers that rating made and catalog learnt of.',
    registers,
  });
  const halted = new Gauge({
    name: 'farthing_partition_halted',
    help: '1 while a partition is stopped until somebody has looked.',
    labelNames: ['topic', 'partition'],
    registers,
  });
  return {
    versionRecorded: (kind) => commands.inc({ kind, changed: 'true' }),
    nothingChanged: (kind) => commands.inc({ kind, changed: 'false' }),
    customersLearnt: (count) => learnt.inc(count),
    partitionHalted: (topic, partition) => halted.set({ topic, partition }, 1),
  };
}
