import type { Clock } from '@farthing/adapters/config/clock';
import { runAsTenant } from '@farthing/adapters/postgres/api-transaction';
import type { Transaction } from '@farthing/adapters/postgres/transaction';
import type { DataSource } from 'typeorm';
import type { TenantCatalog } from './cycle-runs/run-parts.js';
import type { SigningKey } from '@farthing/adapters/signing/ed25519-key';
import type { InvoicingMetrics } from './metrics.js';

/** The token of `ApiParts`, which all controllers have. */
export const API_PARTS = Symbol('api-parts');

/** What the controllers answer from. */
export interface ApiParts {
  /** Of the API role. */
  readonly dataSource: DataSource;
  readonly clock: Clock;
  readonly catalog: TenantCatalog;
  readonly signingKey: SigningKey;
  readonly metrics: InvoicingMetrics;
  /** P. */
  readonly partitions: number;
  /** Moves the runs at once instead of at the next look. */
  readonly wakeRuns: () => void;
}

/** A read of one tenant's rows, which row-level security confines it to. */
export function readAs<Result>(
  { dataSource }: Pick<ApiParts, 'dataSource'>,
  tenant: string,
  read: (tx: Transaction) => Promise<Result>,
): Promise<Result> {
  return runAsTenant(dataSource, { tenantId: tenant, readOnly: true }, read);
}
