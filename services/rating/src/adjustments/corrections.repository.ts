import type { Transaction } from '@farthing/adapters/postgres/transaction';
import { LOG_GENERATION } from '@farthing/contracts/topics/log-generation';

/** What a tenant asked to be corrected, and what became of it. */
export interface Correction {
  readonly state: 'requested' | 'applied' | 'refused';
  readonly reason: string;
  /** Why it was refused when its record was applied. */
  readonly refusal: string | undefined;
  /** Where its record stands; undefined while it is not applied. */
  readonly place: { readonly partition: number; readonly offset: bigint } | undefined;
}

export interface CorrectionName {
  readonly tenant: string;
  readonly commandId: string;
}

/** False when it was asked for before. */
export async function insertRequested(
  tx: Transaction,
  { tenant, commandId, reason }: CorrectionName & { readonly reason: string },
): Promise<boolean> {
  const inserted = await tx.execute(
    `insert into corrections (tenant, command_id, reason, state)
     values ($1::text, $2::text, $3::text, 'requested') on conflict do nothing`,
    [tenant, commandId, reason],
  );
  return inserted === 1;
}

/** What the record came to. */
export async function upsertDecided(
  tx: Transaction,
  decided: CorrectionName & {
    readonly reason: string;
    readonly refusal: string | undefined;
    readonly partition: number;
    readonly offset: bigint;
  },
): Promise<void> {
  const { tenant, commandId, reason, refusal, partition, offset } = decided;
  await tx.execute(
    `insert into corrections (tenant, command_id, reason, state, refusal, generation, partition, log_offset)
     values ($1::text, $2::text, $3::text, $4::text, $5::text, $6::smallint, $7::smallint, $8::bigint)
     on conflict (tenant, command_id) do update
        set state = excluded.state, refusal = excluded.refusal, generation = excluded.generation,
            partition = excluded.partition, log_offset = excluded.log_offset`,
    [
      tenant,
      commandId,
      reason,
      refusal === undefined ? 'applied' : 'refused',
      refusal ?? null,
      LOG_GENERATION,
      partition,
      offset,
    ],
  );
}

export async function selectCorrection(
  tx: Transaction,
  { tenant, commandId }: CorrectionName,
): Promise<Correction | undefined> {
  const [row] = await tx.query<{
    state: Correction['state'];
    reason: string;
    refusal: string | null;
    partition: number | null;
    log_offset: string | null;
  }>(
    `select state, reason, refusal, partition, log_offset
       from corrections where tenant = $1::text and command_id = $2::text`,
    [tenant, commandId],
  );
  if (!row) return undefined;
  const { state, reason, refusal, partition, log_offset: offset } = row;
  return {
    state,
    reason,
    refusal: refusal ?? undefined,
    place:
      partition === null || offset === null ? undefined : { partition, offset: BigInt(offset) },
  };
}
