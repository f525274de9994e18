import type { DataSource } from 'typeorm';
import { runAsTenant } from '@farthing/adapters/postgres/api-transaction';
import type { Transaction } from '@farthing/adapters/postgres/transaction';
import type { CatalogView } from '@farthing/contracts/catalog/catalog-view';
import { partitionOf } from '@farthing/contracts/topics/partition-of';

/** What the HTTP reads share: the API role's pool, confined to the caller's tenant, and the catalog. */
export class Reads {
  constructor(
    private readonly dataSource: DataSource,
    readonly view: CatalogView,
    /** Of the log. */
    private readonly partitions: number,
  ) {}

  /** A customer with the partition that all of the customer's charges are in. */
  customerOf(tenant: string, id: string): { readonly id: string; readonly partition: number } {
    return { id, partition: partitionOf(tenant, id, this.partitions) };
  }

  asTenant<Result>(tenant: string, work: (tx: Transaction) => Promise<Result>): Promise<Result> {
    return runAsTenant(this.dataSource, { tenantId: tenant, readOnly: true }, work);
  }
}
