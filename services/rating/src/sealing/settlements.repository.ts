import type { Transaction } from '@farthing/adapters/postgres/transaction';
import type { SettledCatalog } from './settled-catalog.js';

/** Where the settling of a barrier stands, between two of its chunks. */
export interface Settlement {
  readonly tenant: string;
  readonly partition: number;
  readonly offset: bigint;
  /** What was sealed before the barrier; undefined for a tenant's first. */
  readonly sealedBefore: number | undefined;
  /** The last period that was settled. */
  readonly after: SettledPlace;
}

/** Customers come in byte order, each one's periods in order of time. */
export interface SettledPlace {
  readonly customer: string;
  readonly periodFrom: number;
}

interface SettlementRow {
  readonly log_offset: string;
  readonly sealed_before: string | null;
  readonly customer: string;
  readonly period_from: string;
}

export async function upsertSettlement(tx: Transaction, settlement: Settlement): Promise<void> {
  const { tenant, partition, offset, sealedBefore, after } = settlement;
  await tx.execute(
    `insert into settlements (tenant, partition, log_offset, sealed_before, customer, period_from)
     values ($1::text, $2::smallint, $3::bigint, $4::bigint, $5::text, $6::bigint)
     on conflict (tenant, partition) do update
        set log_offset = excluded.log_offset, sealed_before = excluded.sealed_before, customer = excluded.customer,
            period_from = excluded.period_from`,
    [tenant, partition, offset, sealedBefore ?? null, after.customer, after.periodFrom],
  );
}

/** Of the barrier at an offset, which was begun. */
export async function selectSettlement(
  tx: Transaction,
  barrier: { readonly tenant: string; readonly partition: number; readonly offset: bigint },
): Promise<Settlement> {
  const { tenant, partition, offset } = barrier;
  const [row] = await tx.query<SettlementRow>(
    `select log_offset, sealed_before, customer, period_from
       from settlements
      where tenant = $1::text and partition = $2::smallint and log_offset = $3::bigint`,
    [tenant, partition, offset],
  );
  if (!row) throw new Error(`the barrier at ${offset} of partition ${partition} was not begun`);
  const sealedBefore = row.sealed_before === null ? undefined : Number(row.sealed_before);
  const after = { customer: row.customer, periodFrom: Number(row.period_from) };
  return { ...barrier, sealedBefore, after };
}

/**
 * Customers of the plans or with one of the prices as an override, in byte order, from one on. Those of before partitions were stored have none: whoever asks
 * leaves out what is another partition's.
 */
export async function selectCustomersToSettle(
  tx: Transaction,
  wanted: {
    readonly tenant: string;
    readonly partition: number;
    readonly settled: SettledCatalog;
    readonly from: string;
    readonly limit: number;
  },
): Promise<Array<{ readonly customer: string; readonly partition: number | null }>> {
  const { tenant, partition, settled, from, limit } = wanted;
  return tx.query(
    `select customer, partition
       from ((select customer, partition
                from customers
               where tenant = $1::text and partition = $2::smallint
                 and (plan = any($3::text[]) or price_overrides && $6::text[])
                 and customer collate "C" >= $4::text
               order by customer collate "C" limit $5::integer)
             union all
             (select customer, partition
                from customers
               where tenant = $1::text and partition is null
                 and (plan = any($3::text[]) or price_overrides && $6::text[])
                 and customer collate "C" >= $4::text
               order by customer collate "C" limit $5::integer)) as found
      order by customer collate "C"
      limit $5::integer`,
    [tenant, partition, settled.plans, from, limit, settled.prices],
  );
}
