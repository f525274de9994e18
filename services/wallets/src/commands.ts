import type { Clock } from '@farthing/adapters/config/clock';
import { answerOnce, type Answer, type CommandRequest } from '@farthing/adapters/http/idempotency';
import { runAsTenant } from '@farthing/adapters/postgres/api-transaction';
import type { Transaction } from '@farthing/adapters/postgres/transaction';
import { partitionOf } from '@farthing/contracts/topics/partition-of';
import type { DataSource } from 'typeorm';
import type { Metrics } from './metrics.js';

/** What the controllers need to read and to command: the API role's transactions, confined to one tenant. */
export class Commands {
  constructor(
    private readonly dataSource: DataSource,
    private readonly partitions: number,
    readonly clock: Clock,
    readonly metrics: Metrics,
  ) {}

  partitionOf(tenant: string, customer: string): number {
    return partitionOf(tenant, customer, this.partitions);
  }

  read<Result>(tenant: string, work: (tx: Transaction) => Promise<Result>): Promise<Result> {
    return runAsTenant(this.dataSource, { tenantId: tenant, readOnly: true }, work);
  }

  /** A command with an `Idempotency-Key` is done once and answered the same ever after. */
  answerOnce<Body>(
    { tenant, request }: { readonly tenant: string; readonly request: CommandRequest },
    work: (tx: Transaction) => Promise<Answer<Body>>,
  ): Promise<Answer<Body>> {
    return answerOnce({ dataSource: this.dataSource, tenant: { tenantId: tenant }, request }, work);
  }
}
