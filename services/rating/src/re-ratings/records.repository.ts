import type { Transaction } from '@farthing/adapters/postgres/transaction';
import type { ReRatingKey } from './re-rating.js';

/** What the control records of a re-rating came to so far. */
export interface AppliedRecords {
  readonly records: number;
  /** Charges that were corrected. */
  readonly adjusted: number;
  /** Charges that no longer came to what the diff saw. */
  readonly leftOut: number;
  /** The ids of some of those. */
  readonly leftOutCharges: readonly string[];
}

export async function insertReRatingRecord(
  tx: Transaction,
  record: ReRatingKey & {
    readonly commandId: string;
    readonly adjusted: number;
    readonly leftOut: readonly string[];
  },
): Promise<void> {
  const { tenant, id, commandId, adjusted, leftOut } = record;
  await tx.execute(
    `insert into re_rating_records (tenant, re_rating, command_id, adjusted, left_out)
     values ($1::text, $2::text, $3::text, $4::integer, $5::text[])`,
    [tenant, id, commandId, adjusted, leftOut],
  );
}

export async function selectAppliedRecords(
  tx: Transaction,
  { tenant, id }: ReRatingKey,
  idsShown: number,
): Promise<AppliedRecords> {
  const [row] = await tx.query<{
    records: string;
    adjusted: string;
    left: string;
    ids: string[];
  }>(
    `select count(*) as records, coalesce(sum(adjusted), 0) as adjusted, coalesce(sum(cardinality(left_out)), 0) as left,
            array(
              select unnest(left_out) from re_rating_records
               where tenant = $1::text and re_rating = $2::text and left_out <> '{}'
               limit $3::integer) as ids
       from re_rating_records where tenant = $1::text and re_rating = $2::text`,
    [tenant, id, idsShown],
  );
  return {
    records: Number(row!.records),
    adjusted: Number(row!.adjusted),
    leftOut: Number(row!.left),
    leftOutCharges: row!.ids,
  };
}
