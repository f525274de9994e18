import type { DataSource } from 'typeorm';
import { runInTransaction, type Transaction } from '@farthing/adapters/postgres/transaction';
import type { ReRating } from './re-rating.js';
import { holdReRating } from './re-ratings.repository.js';

/** Who works on a re-rating. */
export interface Holder {
  /** Of the batch role. */
  readonly dataSource: DataSource;
  readonly holder: string;
  readonly leaseMs: number;
}

/** Somebody else works on it, or it is not to be gone on with. */
export class NoLongerHeld extends Error {
  override readonly name = 'NoLongerHeld';
}

/** In a transaction that commits only while the re-rating is the holder's. */
export async function inHand<Answer>(
  { dataSource, holder, leaseMs }: Holder,
  reRating: ReRating,
  work: (tx: Transaction) => Promise<Answer>,
): Promise<Answer> {
  return runInTransaction(dataSource, { statementTimeoutMs: leaseMs }, async (tx) => {
    if (!(await holdReRating(tx, reRating, { holder, leaseMs }))) throw new NoLongerHeld();
    return work(tx);
  });
}
