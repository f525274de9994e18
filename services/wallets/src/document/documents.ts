import type { CrashPoint } from '@farthing/adapters/config/crash-point';
import { PartitionMemory } from '@farthing/adapters/postgres/partition-memory';
import type { PartitionOffsets } from '@farthing/adapters/postgres/partition-offsets';
import { runOnPartition } from '@farthing/adapters/postgres/partition-transaction';
import type { DataSource } from 'typeorm';
import type { RecordsFrom } from '../charge/rated-charges.js';
import type { Metrics } from '../metrics.js';
import { applyDocuments, type AppliedDocuments } from './apply-documents.js';

export interface DocumentsParts {
  /** Of the batch role. */
  readonly dataSource: DataSource;
  readonly offsets: PartitionOffsets;
  readonly metrics: Metrics;
  readonly crashPoint: CrashPoint;
}

/** About 20 ms of posting: each document touches a handful of accounts. */
const RECORDS_MAX = 200;

/** Applies what invoicing did to documents exactly once. Nothing is remembered between transactions. */
export class Documents {
  private readonly memory = new PartitionMemory<undefined>(() => undefined);

  constructor(private readonly parts: DocumentsParts) {}

  /** True while the batch has more. */
  async applySome(partition: number, recordsFrom: RecordsFrom): Promise<boolean> {
    const applied = await runOnPartition<undefined, { documents: AppliedDocuments; more: boolean }>(
      { ...this.parts, memory: this.memory },
      partition,
      async ({ tx, read, done }) => {
        const records = recordsFrom(read.nextOffset);
        const taken = records.slice(0, RECORDS_MAX);
        const last = taken.at(-1);
        if (!last) return undefined;
        const documents = await applyDocuments(tx, partition, taken);
        const next = { nextOffset: last.offset + 1n, nextIndex: 0 };
        return done(next, { documents, more: records.length > taken.length });
      },
    );
    for (const { event, outcome } of applied?.documents ?? []) {
      this.parts.metrics.documentApplied(event, outcome);
    }
    return applied?.more ?? false;
  }
}
