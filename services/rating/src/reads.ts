import type { DataSource } from 'typeorm';
import { runAsTenant } from '@farthing/adapters/postgres/api-transaction';
import type { Transaction } from '@farthing/adapters/postgres/transaction';
import type { CatalogView } from '@farthing/contracts/catalog/catalog-view';

/** What the HTTP reads share: the API role's pool, confined to the caller's tenant, and the catalog. */
export class Reads {
  constructor(
    private readonly dataSource: DataSource,
    readonly view: CatalogView,
    /** Partitions of the log: a customer's charges are all in one of them. */
    readonly partitions: number,
  ) {}

  asTenant<Result>(tenant: string, work: (tx: Transaction) => Promise<Result>): Promise<Result> {
    return runAsTenant(this.dataSource, { tenantId: tenant, readOnly: true }, work);
  }
}
