import type { Transaction } from '@farthing/adapters/postgres/transaction';
import type { Micros } from '@farthing/domain/period/micros';
import type { RunKey } from './cycle-runs.repository.js';

export type ShardPhase = 'drafting' | 'finalizing';

/** A stretch of a run's customers in byte order, both ends included. */
export interface RunShard {
  readonly shard: number;
  readonly firstCustomer: string;
  readonly lastCustomer: string;
}

export interface ShardsOf extends RunKey {
  readonly phase: ShardPhase;
}

/** Cuts the customers with something to close into shards; answers how many customers there are. */
export async function cutShards(
  tx: Transaction,
  { tenant, id }: RunKey,
  { closesBefore, size }: { readonly closesBefore: Micros; readonly size: number },
): Promise<number> {
  const rows = await tx.query<{ customers: string }>(
    `insert into run_shards (tenant, run, phase, shard, first_customer, last_customer, customers)
     select $1::text, $2::text, 'drafting', place / $4::integer, min(customer), max(customer), count(*)
       from (select customer, row_number() over (order by customer) - 1 as place
               from (select distinct customer from booking_periods
                      where tenant = $1::text and run is null and booking_to_micros <= $3::bigint)
                 as with_charges) as placed
      group by place / $4::integer
     returning customers`,
    [tenant, id, closesBefore, size],
  );
  return rows.reduce((total, row) => total + Number(row.customers), 0);
}

/** The same stretches of customers again, for the next phase. */
export async function openFinalizingShards(tx: Transaction, { tenant, id }: RunKey): Promise<void> {
  await tx.execute(
    `insert into run_shards (tenant, run, phase, shard, first_customer, last_customer, customers)
     select tenant, run, 'finalizing', shard, first_customer, last_customer, customers from run_shards
      where tenant = $1::text and run = $2::text and phase = 'drafting'`,
    [tenant, id],
  );
}

/**
 * The next shard that nobody else works on, leased to `holder`; undefined when there is none. A holder works on one at
 * a time, so a lease of its own is left from a try that failed.
 */
export async function leaseShard(
  tx: Transaction,
  { tenant, id, phase }: ShardsOf,
  { holder, leaseMs }: { readonly holder: string; readonly leaseMs: number },
): Promise<RunShard | undefined> {
  const [row] = await tx.query<{ shard: number; first_customer: string; last_customer: string }>(
    `update run_shards as s
        set holder = $4::text, leased_until = clock_timestamp() + $5::integer * interval '1 ms'
       from (select shard from run_shards
              where tenant = $1::text and run = $2::text and phase = $3::text and not done
                and (leased_until is null or leased_until < clock_timestamp() or holder = $4::text)
              order by shard limit 1 for update skip locked) as next
      where s.tenant = $1::text and s.run = $2::text and s.phase = $3::text and s.shard = next.shard
     returning s.shard, s.first_customer, s.last_customer`,
    [tenant, id, phase, holder, leaseMs],
  );
  return (
    row && {
      shard: row.shard,
      firstCustomer: row.first_customer,
      lastCustomer: row.last_customer,
    }
  );
}

/** False when the lease was lost to somebody else. */
export async function renewLease(
  tx: Transaction,
  { tenant, id, phase }: ShardsOf,
  lease: { readonly shard: number; readonly holder: string; readonly leaseMs: number },
): Promise<boolean> {
  const renewed = await tx.execute(
    `update run_shards set leased_until = clock_timestamp() + $6::integer * interval '1 ms'
      where tenant = $1::text and run = $2::text and phase = $3::text and shard = $4::integer
        and holder = $5::text and not done`,
    [tenant, id, phase, lease.shard, lease.holder, lease.leaseMs],
  );
  return renewed === 1;
}

/** Gives a shard back that could not be done, so that nobody waits for the lease to run out. */
export async function releaseShard(
  tx: Transaction,
  { tenant, id, phase }: ShardsOf,
  { shard, holder }: { readonly shard: number; readonly holder: string },
): Promise<void> {
  await tx.execute(
    `update run_shards set holder = null, leased_until = null
      where tenant = $1::text and run = $2::text and phase = $3::text and shard = $4::integer
        and holder = $5::text and not done`,
    [tenant, id, phase, shard, holder],
  );
}

/** The fence of a shard's transaction: false when another finished it or holds it by now. */
export async function completeShard(
  tx: Transaction,
  { tenant, id, phase }: ShardsOf,
  { shard, holder }: { readonly shard: number; readonly holder: string },
): Promise<boolean> {
  const completed = await tx.execute(
    `update run_shards set done = true, leased_until = null
      where tenant = $1::text and run = $2::text and phase = $3::text and shard = $4::integer
        and holder = $5::text and not done`,
    [tenant, id, phase, shard, holder],
  );
  return completed === 1;
}

export interface ShardProgress {
  readonly openShards: number;
  readonly doneCustomers: number;
}

export async function readShardProgress(
  tx: Transaction,
  { tenant, id, phase }: ShardsOf,
): Promise<ShardProgress> {
  const [row] = await tx.query<{ open: string; done: string }>(
    `select count(*) filter (where not done) as open,
            coalesce(sum(customers) filter (where done), 0) as done
       from run_shards where tenant = $1::text and run = $2::text and phase = $3::text`,
    [tenant, id, phase],
  );
  return { openShards: Number(row!.open), doneCustomers: Number(row!.done) };
}
