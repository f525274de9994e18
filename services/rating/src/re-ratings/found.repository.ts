import type { Transaction } from '@farthing/adapters/postgres/transaction';
import type { ReRatingKey } from './re-rating.js';

/** bigint and numeric come as text. */
export interface SumRow {
  readonly name: string;
  readonly currency: string;
  readonly charges: string;
  readonly changed: string;
  readonly before: string;
  readonly after: string;
  /** How large the difference is. */
  readonly moved: string;
}

export interface DifferenceRow {
  readonly number: string;
  readonly at: string;
  readonly customer: string;
  readonly price: string;
  readonly cell: string;
  readonly currency: string;
  readonly usage_from: string;
  readonly generation: number;
  readonly partition: number;
  readonly n: number;
  readonly version: number;
  readonly log_offset: string;
  readonly event_index: number;
  readonly before: string;
  readonly after: string;
}

/** Of one kind, those that move most first. */
export async function selectSums(
  tx: Transaction,
  { tenant, id }: ReRatingKey,
  query: {
    readonly kind: 'price' | 'customer' | 'creator' | 'left';
    readonly after?: readonly [moved: string, name: string, currency: string] | undefined;
    readonly rows: number;
  },
): Promise<SumRow[]> {
  const [moved, name, currency] = query.after ?? [null, null, null];
  return tx.query<SumRow>(
    `select name, currency, charges, changed, amount_before as before, amount_after as after,
            abs(amount_after - amount_before) as moved
       from re_rating_sums
      where tenant = $1::text and re_rating = $2::text and kind = $3::text
        and ($4::numeric is null
             or (-abs(amount_after - amount_before), name collate "C", currency) > (-$4::numeric, $5::text, $6::text))
      order by -abs(amount_after - amount_before), name collate "C", currency
      limit $7::integer`,
    [tenant, id, query.kind, moved, name, currency, query.rows],
  );
}

/** In the order in which the charges were read: by customer, usage period, price, cell and position. */
export async function selectDifferences(
  tx: Transaction,
  { tenant, id }: ReRatingKey,
  query: {
    readonly customer: string | undefined;
    readonly after: readonly [number: number, at: number];
    readonly rows: number;
  },
): Promise<DifferenceRow[]> {
  return tx.query<DifferenceRow>(
    `select number, at, customer, price, cell, currency, usage_from, generation, partition, n, version,
            log_offset, event_index, before, after
       from re_rating_differences,
            unnest(log_offsets, event_indexes, amounts_before, amounts_after)
              with ordinality as charge (log_offset, event_index, before, after, at)
      where tenant = $1::text and re_rating = $2::text and number >= $3::bigint
        and (number, at) > ($3::bigint, $4::bigint)
        and ($5::text is null or customer = $5::text)
      order by number, at
      limit $6::integer`,
    [tenant, id, query.after[0], query.after[1], query.customer ?? null, query.rows],
  );
}

/** A row of differences as it is stored: of one customer, partition and price version. */
export interface StoredDifferences {
  readonly number: string;
  readonly customer: string;
  readonly price: string;
  readonly generation: number;
  readonly partition: number;
  readonly n: number;
  readonly version: number;
  readonly log_offsets: readonly string[];
  readonly event_indexes: readonly number[];
  readonly amounts_before: readonly string[];
  readonly amounts_after: readonly string[];
}

export async function selectDifferenceRows(
  tx: Transaction,
  { tenant, id }: ReRatingKey,
  { from, rows }: { readonly from: number; readonly rows: number },
): Promise<StoredDifferences[]> {
  return tx.query<StoredDifferences>(
    `select number, customer, price, generation, partition, n, version,
            log_offsets, event_indexes, amounts_before, amounts_after
       from re_rating_differences
      where tenant = $1::text and re_rating = $2::text and number >= $3::bigint
      order by number limit $4::integer`,
    [tenant, id, from, rows],
  );
}
