import type { Transaction } from '@farthing/adapters/postgres/transaction';
import { LOG_GENERATION } from '@farthing/contracts/topics/log-generation';

/** What a tenant asked to be corrected, and what became of it. */
export interface Correction {
  readonly commandId: string;
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

/** 16 bytes, see `eventKey`: of the event that is voided or corrected; absent for the refund of a charge. */
interface OfEvent {
  readonly eventKey?: Buffer;
}

/** False when it was asked for before. */
export interface RequestedCorrection extends CorrectionName, OfEvent {
  readonly reason: string;
}

export async function insertRequested(
  tx: Transaction,
  { tenant, commandId, reason, eventKey }: RequestedCorrection,
): Promise<boolean> {
  const inserted = await tx.execute(
    `insert into corrections (tenant, command_id, reason, state, event_key)
     values ($1::text, $2::text, $3::text, 'requested', $4::uuid) on conflict do nothing`,
    [tenant, commandId, reason, eventKey?.toString('hex') ?? null],
  );
  return inserted === 1;
}

/** What the record came to. */
export async function upsertDecided(
  tx: Transaction,
  decided: CorrectionName &
    OfEvent & {
      readonly reason: string;
      readonly refusal: string | undefined;
      readonly partition: number;
      readonly offset: bigint;
    },
): Promise<void> {
  const { tenant, commandId, reason, refusal, partition, offset, eventKey } = decided;
  await tx.execute(
    `insert into corrections (tenant, command_id, reason, state, refusal, generation, partition, log_offset,
                              event_key)
     values ($1::text, $2::text, $3::text, $4::text, $5::text, $6::smallint, $7::smallint, $8::bigint, $9::uuid)
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
      eventKey?.toString('hex') ?? null,
    ],
  );
}

export async function selectCorrection(
  tx: Transaction,
  { tenant, commandId }: CorrectionName,
): Promise<Correction | undefined> {
  const [correction] = await selectCorrections(tx, tenant, [commandId]);
  return correction;
}

/** Those of these commands that were given. */
export async function selectCorrections(
  tx: Transaction,
  tenant: string,
  commandIds: readonly string[],
): Promise<Correction[]> {
  const rows = await tx.query<CorrectionRow>(
    `select ${COLUMNS} from corrections where tenant = $1::text and command_id = any($2::text[])`,
    [tenant, commandIds],
  );
  return rows.map(correctionFromRow);
}

/** What an event was voided and corrected by, in the order of the log; what is not applied comes last. */
export async function selectEventCorrections(
  tx: Transaction,
  tenant: string,
  eventKey: Buffer,
): Promise<Correction[]> {
  const rows = await tx.query<CorrectionRow>(
    `select ${COLUMNS} from corrections
      where tenant = $1::text and event_key = $2::uuid
      order by log_offset nulls last, command_id`,
    [tenant, eventKey.toString('hex')],
  );
  return rows.map(correctionFromRow);
}

const COLUMNS = 'command_id, state, reason, refusal, partition, log_offset';

interface CorrectionRow {
  readonly command_id: string;
  readonly state: Correction['state'];
  readonly reason: string;
  readonly refusal: string | null;
  readonly partition: number | null;
  readonly log_offset: string | null;
}

function correctionFromRow(row: CorrectionRow): Correction {
  const { state, reason, refusal, partition, log_offset: offset } = row;
  return {
    commandId: row.command_id,
    state,
    reason,
    refusal: refusal ?? undefined,
    place:
      partition === null || offset === null ? undefined : { partition, offset: BigInt(offset) },
  };
}
