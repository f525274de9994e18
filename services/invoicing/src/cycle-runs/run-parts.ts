import type { Clock } from '@farthing/adapters/config/clock';
import type { CrashPoint } from '@farthing/adapters/config/crash-point';
import { runInTransaction, type Transaction } from '@farthing/adapters/postgres/transaction';
import type { CatalogView } from '@farthing/contracts/catalog/catalog-view';
import type { DataSource } from 'typeorm';
import type { SigningKey } from '@farthing/adapters/signing/ed25519-key';

/** What a run needs to know of Kafka's inbound topic of a tenant. */
export interface InboundProgress {
  /** End offsets as of now, of the partitions that still hold records. */
  endsOf(tenant: string): Promise<ReadonlyMap<number, bigint>>;
  /** What ingestion's group has committed: it commits only what its envelopes acknowledged. */
  committedOf(tenant: string): Promise<ReadonlyMap<number, bigint>>;
}

/** The catalog as read so far; the part of a catalog feed that runs use. */
export interface TenantCatalog {
  readonly view: CatalogView;
  readToEndAsOfNow(deadlineMs?: number): Promise<void>;
  waitFor(catalogVersion: number, deadlineMs?: number): Promise<void>;
}

/** What all steps of a run work with. */
export interface RunParts {
  /** Of the batch role. */
  readonly dataSource: DataSource;
  readonly crashPoint: CrashPoint;
  readonly clock: Clock;
  readonly catalog: TenantCatalog;
  readonly inbound: InboundProgress;
  readonly signingKey: SigningKey;
  /** P. */
  readonly partitions: number;
  /** Customers of a shard. */
  readonly shardSize: number;
  /** Who holds leases; unique to the process. */
  readonly holder: string;
  readonly leaseMs: number;
  /** Tells the outbox what was appended, after the commit. */
  readonly notify: (target: { readonly topic: string; readonly partition: number }) => void;
}

/** A step of a run, in one transaction; a process that dies in it leaves nothing of it behind. */
export function runStep<Result>(
  { dataSource, crashPoint }: Pick<RunParts, 'dataSource' | 'crashPoint'>,
  step: (tx: Transaction) => Promise<Result>,
): Promise<Result> {
  const options = { statementTimeoutMs: 120_000, idleInTransactionTimeoutMs: 60_000 };
  return runInTransaction(dataSource, options, async (tx) => {
    crashPoint('before_effects');
    const result = await step(tx);
    tx.afterCommit(() => crashPoint('after_commit'));
    crashPoint('after_effects');
    return result;
  });
}
