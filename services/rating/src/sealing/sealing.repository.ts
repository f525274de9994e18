import type { Transaction } from '@farthing/adapters/postgres/transaction';
import type { Tally } from './tallies.js';

export async function selectSealedThrough(
  tx: Transaction,
  partition: number,
): Promise<Map<string, number>> {
  const rows = await tx.query<{ tenant: string; sealed_through: string }>(
    `select tenant, sealed_through from sealed_through where partition = $1::smallint`,
    [partition],
  );
  return new Map(rows.map((row) => [row.tenant, Number(row.sealed_through)]));
}

export async function upsertSealedThrough(
  tx: Transaction,
  { tenant, partition, through }: { tenant: string; partition: number; through: number },
): Promise<void> {
  await tx.execute(
    `insert into sealed_through as s (tenant, partition, sealed_through)
     values ($1::text, $2::smallint, $3::bigint)
     on conflict (tenant, partition) do update
        set sealed_through = greatest(s.sealed_through, excluded.sealed_through)`,
    [tenant, partition, through],
  );
}

export async function selectTallies(tx: Transaction, partition: number): Promise<Tally[]> {
  const rows = await tx.query<{
    tenant: string;
    currency: string;
    charges: string;
    amount: string;
  }>(
    `select tenant, currency, charges, amount from barrier_tallies where partition = $1::smallint`,
    [partition],
  );
  return rows.map(({ tenant, currency, charges, amount }) => ({
    tenant,
    currency,
    charges: Number(charges),
    amount: BigInt(amount),
  }));
}

export async function upsertTallies(
  tx: Transaction,
  partition: number,
  tallies: readonly Tally[],
): Promise<void> {
  await tx.execute(
    `insert into barrier_tallies (tenant, partition, currency, charges, amount)
     select tenant, $1::smallint, currency, charges, amount
       from unnest($2::text[], $3::text[], $4::bigint[], $5::numeric[])
            as moved (tenant, currency, charges, amount)
     on conflict (tenant, partition, currency) do update
        set charges = excluded.charges, amount = excluded.amount`,
    [
      partition,
      tallies.map(({ tenant }) => tenant),
      tallies.map(({ currency }) => currency),
      tallies.map(({ charges }) => charges),
      tallies.map(({ amount }) => amount.toString()),
    ],
  );
}

/** False when the command was applied in this partition before. */
export async function claimCommand(
  tx: Transaction,
  command: { tenant: string; partition: number; commandId: string; offset: bigint },
): Promise<boolean> {
  const claimed = await tx.execute(
    `insert into applied_commands (tenant, partition, command_id, log_offset)
     values ($1::text, $2::smallint, $3::text, $4::bigint) on conflict do nothing`,
    [command.tenant, command.partition, command.commandId, command.offset],
  );
  return claimed === 1;
}
