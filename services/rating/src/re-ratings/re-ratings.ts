import type { DataSource } from 'typeorm';
import { runAsTenant } from '@farthing/adapters/postgres/api-transaction';
import type { Transaction } from '@farthing/adapters/postgres/transaction';
import type { ReRatingRunner } from './re-rating-runner.js';

/** What commands on re-ratings need besides what reads do. */
export class ReRatings {
  constructor(
    private readonly parts: {
      /** Of the API role. */
      readonly dataSource: DataSource;
      readonly catalog: { readToEndAsOfNow(): Promise<unknown> };
      readonly runner: ReRatingRunner;
    },
  ) {}

  /** So that a price is known that was made a moment ago. */
  async readCatalog(): Promise<void> {
    await this.parts.catalog.readToEndAsOfNow();
  }

  asTenant<Result>(tenant: string, work: (tx: Transaction) => Promise<Result>): Promise<Result> {
    return runAsTenant(this.parts.dataSource, { tenantId: tenant }, work);
  }

  /** There is one more to work on. */
  wake(): void {
    this.parts.runner.wake();
  }
}
