import type { Nanos } from '@farthing/domain/money/nanos';
import type { Transaction } from '@farthing/adapters/postgres/transaction';
import type { BarrierPassed } from '@farthing/contracts/generated/farthing/rating/v1/rated_pb';
import { figuresFromBarrier, sumsToText } from './figures.js';
import {
  addToBooks,
  clearBooks,
  insertBarrierEcho,
  readBooks,
  type BookRow,
  type BooksOf,
  type Stream,
} from './partition-books.repository.js';

interface Counted {
  charges: bigint;
  sumNanos: Nanos;
}

/**
 * This service's own count of one stream in one partition, within one transaction. A barrier is written beside what
 * was counted since the tenant's last one, so that a run can compare the two.
 */
export class PartitionBooks {
  /** By tenant, then currency: counted in this transaction and not yet written. */
  private readonly counted = new Map<string, Map<string, Counted>>();

  constructor(
    private readonly tx: Transaction,
    private readonly stream: Stream,
    private readonly partition: number,
  ) {}

  count(tenant: string, currency: string, sumNanos: Nanos, charges = 1n): void {
    let currencies = this.counted.get(tenant);
    if (!currencies) this.counted.set(tenant, (currencies = new Map<string, Counted>()));
    const sum = currencies.get(currency);
    if (!sum) {
      currencies.set(currency, { charges, sumNanos });
      return;
    }
    sum.charges += charges;
    sum.sumNanos += sumNanos;
  }

  /** A barrier that comes again changes nothing: what was counted since belongs to the next one. */
  async pass(barrier: BarrierPassed): Promise<void> {
    const books: BooksOf = {
      tenant: barrier.tenant,
      stream: this.stream,
      partition: this.partition,
    };
    const counted = [...(this.counted.get(barrier.tenant) ?? [])];
    const rows: BookRow[] = [
      ...(await readBooks(this.tx, books)),
      ...counted.map(([currency, sum]) => ({ currency, ...sum })),
    ];
    const sums = new Map<string, Nanos>();
    for (const row of rows) sums.set(row.currency, (sums.get(row.currency) ?? 0n) + row.sumNanos);
    const said = figuresFromBarrier(barrier);
    const isNew = await insertBarrierEcho(this.tx, books, {
      run: barrier.runId,
      closesBefore: Number(barrier.closesBeforeMicros),
      saidCharges: said.charges,
      saidSums: sumsToText(said.sums),
      ownCharges: rows.reduce((total, row) => total + row.charges, 0n),
      ownSums: sumsToText(sums),
    });
    if (!isNew) return;
    this.counted.delete(barrier.tenant);
    await clearBooks(this.tx, books);
  }

  async save(): Promise<void> {
    const rows = [...this.counted].flatMap(([tenant, currencies]) =>
      [...currencies].map(([currency, sum]) => ({ tenant, currency, ...sum })),
    );
    if (rows.length > 0) await addToBooks(this.tx, this.stream, this.partition, rows);
  }
}
