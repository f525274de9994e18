import type { Transaction } from '@farthing/adapters/postgres/transaction';
import type { Reached, ReRating, ReRatingKey } from './re-rating.js';

interface ReRatingRow extends Omit<
  ReRating,
  | 'from'
  | 'to'
  | 'catalogVersion'
  | 'charges'
  | 'changed'
  | 'differences'
  | 'writtenDifferences'
  | 'records'
> {
  readonly from: string;
  readonly to: string;
  readonly catalogVersion: string;
  readonly charges: string;
  readonly changed: string;
  readonly differences: string;
  readonly writtenDifferences: string;
  readonly records: string;
}

const COLUMNS = `tenant, id, state, selected_by as "selectedBy", period_from as "from", period_to as "to", customer, price,
  candidates, catalog_version as "catalogVersion", prices, reached, charges, changed, differences,
  apply_requested_at is not null as "applyRequested", written_differences as "writtenDifferences", records, fault`;

export type NewReRating = Pick<
  ReRating,
  | 'tenant'
  | 'id'
  | 'selectedBy'
  | 'from'
  | 'to'
  | 'customer'
  | 'price'
  | 'candidates'
  | 'catalogVersion'
>;

export async function insertReRating(tx: Transaction, made: NewReRating): Promise<ReRating> {
  const rows = await tx.query<ReRatingRow>(
    `insert into re_ratings (tenant, id, state, selected_by, period_from, period_to, customer, price, candidates,
       catalog_version)
     values ($1::text, $2::text, 'queued', $3::text, $4::bigint, $5::bigint, $6::text, $7::text, $8::jsonb, $9::bigint)
     returning ${COLUMNS}`,
    [
      made.tenant,
      made.id,
      made.selectedBy,
      made.from,
      made.to,
      made.customer,
      made.price,
      JSON.stringify(made.candidates),
      made.catalogVersion,
    ],
  );
  return fromRow(rows[0]!);
}

export async function selectReRating(
  tx: Transaction,
  { tenant, id }: ReRatingKey,
): Promise<ReRating | undefined> {
  const [row] = await tx.query<ReRatingRow>(
    `select ${COLUMNS} from re_ratings where tenant = $1::text and id = $2::text`,
    [tenant, id],
  );
  return row && fromRow(row);
}

/** How far the diff is among the tenant's customers, in the order in which it reads them. */
export async function selectProgress(
  tx: Transaction,
  tenant: string,
  reachedCustomer: number | undefined,
): Promise<{ readonly done: number; readonly of: number }> {
  const [row] = await tx.query<{ done: string; of: string }>(
    `select count(*) filter (where number < $2::integer) as done, count(*) as of
       from charge_customers where tenant = $1::text`,
    [tenant, reachedCustomer ?? 0],
  );
  return { done: Number(row!.done), of: Number(row!.of) };
}

/** The oldest that nobody works on; it is the holder's until the lease ends. */
export async function claimReRating(
  tx: Transaction,
  { holder, leaseMs }: { readonly holder: string; readonly leaseMs: number },
): Promise<ReRating | undefined> {
  const [row] = await tx.query<ReRatingRow>(
    `update re_ratings
        set state = case state when 'applying' then state else 'running' end, holder = $1::text, lease_until = now() + $2::integer * interval '1 millisecond'
      where (tenant, id) = (
        select tenant, id from re_ratings
         where state = 'queued'
            or (state in ('running', 'applying') and coalesce(lease_until < now(), true))
         order by created_at limit 1 for update skip locked)
      returning ${COLUMNS}`,
    [holder, leaseMs],
  );
  return row && fromRow(row);
}

/** Whether it is still the holder's, which it then stays for another lease: taken in each transaction that writes. */
export async function holdReRating(
  tx: Transaction,
  { tenant, id }: ReRatingKey,
  { holder, leaseMs }: { readonly holder: string; readonly leaseMs: number },
): Promise<boolean> {
  const held = await tx.execute(
    `update re_ratings set lease_until = now() + $4::integer * interval '1 millisecond'
      where tenant = $1::text and id = $2::text and holder = $3::text
        and state in ('running', 'applying')`,
    [tenant, id, holder, leaseMs],
  );
  return held === 1;
}

export async function updatePrices(
  tx: Transaction,
  { tenant, id }: ReRatingKey,
  prices: readonly number[],
): Promise<void> {
  await tx.execute(
    `update re_ratings set prices = $3::integer[] where tenant = $1::text and id = $2::text`,
    [tenant, id, prices],
  );
}

export async function updateReached(
  tx: Transaction,
  { tenant, id }: ReRatingKey,
  progress: {
    readonly reached: Reached;
    readonly charges: number;
    readonly changed: number;
    readonly differences: number;
  },
): Promise<void> {
  await tx.execute(
    `update re_ratings
        set reached = $3::jsonb, charges = charges + $4::bigint, changed = changed + $5::bigint,
            differences = differences + $6::bigint
      where tenant = $1::text and id = $2::text`,
    [
      tenant,
      id,
      JSON.stringify(progress.reached),
      progress.charges,
      progress.changed,
      progress.differences,
    ],
  );
}

/** `finished`: all is diffed; `applied`: all its records are written. */
export async function finishReRating(
  tx: Transaction,
  { tenant, id }: ReRatingKey,
  state: 'finished' | 'applied',
): Promise<void> {
  await tx.execute(
    `update re_ratings set state = $3::text, finished_at = now(), lease_until = null
      where tenant = $1::text and id = $2::text`,
    [tenant, id, state],
  );
}

/** False when there is nothing to begin or to go on with: it is not finished, or its records are written. */
export async function requestApplying(
  tx: Transaction,
  { tenant, id }: ReRatingKey,
): Promise<boolean> {
  const updated = await tx.execute(
    `update re_ratings
        set state = 'applying', apply_requested_at = coalesce(apply_requested_at, now()), lease_until = null,
            fault = null, finished_at = null
      where tenant = $1::text and id = $2::text
        and (state = 'finished' or (state = 'failed' and apply_requested_at is not null))`,
    [tenant, id],
  );
  return updated === 1;
}

export async function updateWritten(
  tx: Transaction,
  { tenant, id }: ReRatingKey,
  written: { readonly differences: number; readonly records: number },
): Promise<void> {
  await tx.execute(
    `update re_ratings
        set written_differences = written_differences + $3::bigint, records = records + $4::bigint
      where tenant = $1::text and id = $2::text`,
    [tenant, id, written.differences, written.records],
  );
}

export async function failReRating(
  tx: Transaction,
  { tenant, id }: ReRatingKey,
  { holder, fault }: { readonly holder: string; readonly fault: string },
): Promise<void> {
  await tx.execute(
    `update re_ratings set state = 'failed', fault = $4::text, finished_at = now(), lease_until = null
      where tenant = $1::text and id = $2::text and holder = $3::text`,
    [tenant, id, holder, fault],
  );
}

function fromRow(row: ReRatingRow): ReRating {
  return {
    ...row,
    from: Number(row.from),
    to: Number(row.to),
    catalogVersion: Number(row.catalogVersion),
    charges: Number(row.charges),
    changed: Number(row.changed),
    differences: Number(row.differences),
    writtenDifferences: Number(row.writtenDifferences),
    records: Number(row.records),
  };
}
