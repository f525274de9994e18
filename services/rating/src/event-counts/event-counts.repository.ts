import type { Transaction } from '@farthing/adapters/postgres/transaction';
import type { Count } from './counts.js';

/** Adds to what was counted before. */
export async function addCounts(
  tx: Transaction,
  counts: readonly Count[],
  partition: number,
): Promise<void> {
  await tx.execute(
    `insert into event_counts as c (tenant, source, partition, outcome, reason, events, charged)
     select tenant, source, $1::smallint, outcome, reason, events, charged
       from unnest($2::text[], $3::text[], $4::text[], $5::text[], $6::bigint[], $7::bigint[])
            as more (tenant, source, outcome, reason, events, charged)
     on conflict (tenant, source, partition, outcome, reason) do update
        set events = c.events + excluded.events, charged = c.charged + excluded.charged`,
    [
      partition,
      counts.map(({ tenant }) => tenant),
      counts.map(({ source }) => source),
      counts.map(({ outcome }) => outcome),
      counts.map(({ reason }) => reason),
      counts.map(({ events }) => events),
      counts.map(({ charged }) => charged),
    ],
  );
}

/** Of a tenant, or of one of its sources. */
export async function selectCounts(
  tx: Transaction,
  { tenant, source }: { readonly tenant: string; readonly source: string | undefined },
): Promise<Array<Omit<Count, 'tenant' | 'source'>>> {
  const rows = await tx.query<{
    outcome: Count['outcome'];
    reason: string;
    events: string;
    charged: string;
  }>(
    `select outcome, reason, sum(events) as events, sum(charged) as charged
       from event_counts
      where tenant = $1::text and ($2::text is null or source = $2::text)
      group by outcome, reason order by outcome, reason`,
    [tenant, source ?? null],
  );
  return rows.map(({ outcome, reason, events, charged }) => ({
    outcome,
    reason,
    events: Number(events),
    charged: Number(charged),
  }));
}
