import type { Transaction } from '@farthing/adapters/postgres/transaction';

export interface AppliedRow {
  readonly generation: number;
  readonly partition: number;
  readonly log_offset: string;
  readonly event_index: number;
}

/** Where the event stands that took the key. */
export async function selectApplied(
  tx: Transaction,
  tenant: string,
  key: Buffer,
): Promise<AppliedRow | undefined> {
  const [row] = await tx.query<AppliedRow>(
    `select generation, partition, log_offset, event_index
       from inbox where tenant = $1::text and key = $2::uuid`,
    [tenant, key.toString('hex')],
  );
  return row;
}

/** How often the key came again, with the same body and with another. */
export async function countRepeats(
  tx: Transaction,
  tenant: string,
  key: Buffer,
): Promise<{ readonly resent: number; readonly conflicts: number }> {
  const [row] = await tx.query<{ resent: number; conflicts: number }>(
    `select (count(*) filter (where outcome = 'duplicate'))::integer as resent,
            (count(*) filter (where outcome = 'conflict'))::integer as conflicts
       from repeated_events where tenant = $1::text and key = $2::uuid`,
    [tenant, key.toString('hex')],
  );
  return row!;
}
