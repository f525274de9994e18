import type { DataSource } from 'typeorm';
import type { ReRatingSum } from '@farthing/domain/rating/re-rating-sum';
import type { SumRow } from '../re-ratings/found.repository.js';

/** `left` is by why a charge is left as it is, `not_charged` by why it would not be charged. */
export type SumKind = 'price' | 'customer' | 'creator' | 'left' | 'not_charged';

export interface NamedSum {
  readonly kind: SumKind;
  readonly tenant: string;
  readonly currency: string;
  readonly name: string;
  readonly sum: ReRatingSum;
}

export interface TenantSumRow extends Omit<SumRow, 'moved'> {
  readonly tenant: string;
}

/** Adds to what is stored of the same names. */
export async function addSums(scratch: DataSource, sums: readonly NamedSum[]): Promise<void> {
  await scratch.query(
    `insert into re_metering.sums as known (kind, tenant, currency, name, charges, changed, before, after)
     select * from unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::bigint[], $6::bigint[], $7::numeric[], $8::numeric[])
     on conflict (kind, tenant, currency, name) do update
        set charges = known.charges + excluded.charges,
            changed = known.changed + excluded.changed,
            before = known.before + excluded.before,
            after = known.after + excluded.after`,
    [
      sums.map(({ kind }) => kind),
      sums.map(({ tenant }) => tenant),
      sums.map(({ currency }) => currency),
      sums.map(({ name }) => name),
      sums.map(({ sum }) => sum.charges),
      sums.map(({ sum }) => sum.changed),
      sums.map(({ sum }) => String(sum.before)),
      sums.map(({ sum }) => String(sum.after)),
    ],
  );
}

/** Of one kind, those that move most first. */
export async function selectSums(
  scratch: DataSource,
  kind: SumKind,
  {
    limit = 2_147_483_647,
    moved = false,
  }: { readonly limit?: number; readonly moved?: boolean } = {},
): Promise<TenantSumRow[]> {
  return scratch.query<TenantSumRow[]>(
    `select tenant, name, currency, charges, changed, before, after
       from re_metering.sums
      where kind = $1::text and (changed > 0 or not $2::boolean)
      order by -abs(after - before), tenant collate "C", name collate "C", currency
      limit $3::integer`,
    [kind, moved, limit],
  );
}
