import type { CustomerChanged } from '@farthing/contracts/generated/farthing/usage/v1/usage_record_pb';
import {
  fundingFromMessage,
  intervalFromMessage,
} from '@farthing/contracts/catalog/schedule-message';
import type { Transaction } from '@farthing/adapters/postgres/transaction';

/** Takes the customers' facts; a version that is not above the known one is ignored. */
export async function saveCustomers(
  tx: Transaction,
  changes: readonly CustomerChanged[],
): Promise<void> {
  const latest = new Map<string, CustomerChanged>();
  for (const change of changes) {
    const key = `${change.tenant}\u0000${change.customer}`;
    const known = latest.get(key);
    if (!known || change.version > known.version) latest.set(key, change);
  }
  if (latest.size === 0) return;
  const rows = [...latest.values()];
  await tx.execute(
    `insert into customers as c (tenant, customer, version, plan, currency, time_zone, anchor_at_micros,
                                 billing_interval, funding, closed)
     select * from unnest($1::text[], $2::text[], $3::bigint[], $4::text[], $5::text[], $6::text[],
                          $7::bigint[], $8::text[], $9::text[], $10::boolean[])
     on conflict (tenant, customer) do update
        set version = excluded.version, plan = excluded.plan, currency = excluded.currency,
            time_zone = excluded.time_zone, anchor_at_micros = excluded.anchor_at_micros,
            billing_interval = excluded.billing_interval, funding = excluded.funding,
            closed = excluded.closed
      where excluded.version > c.version`,
    [
      rows.map((row) => row.tenant),
      rows.map((row) => row.customer),
      rows.map((row) => row.version.toString()),
      rows.map((row) => row.plan),
      rows.map((row) => row.currency),
      rows.map((row) => row.timeZone),
      rows.map((row) => row.anchorAtMicros.toString()),
      rows.map((row) => intervalFromMessage(row.interval)),
      rows.map((row) => fundingFromMessage(row.funding)),
      rows.map((row) => row.closed),
    ],
  );
}
