import type { Transaction } from '@farthing/adapters/postgres/transaction';
import { LOG_GENERATION } from '@farthing/contracts/topics/log-generation';

/** A rejected event or a dead letter. */
export interface RefusedRow {
  readonly generation: number;
  readonly partition: number;
  readonly log_offset: string;
  readonly event_index: number;
  readonly code: string;
  readonly detail: string;
  readonly pointer: string;
  readonly attempts: number;
  readonly source: string;
  readonly event_id: string;
  readonly customer: string;
  readonly bytes: Buffer;
}

const IDENTITY = `generation, partition, log_offset, event_index, detail, source, event_id, customer, bytes`;
const TABLES = {
  rejected: `(select tenant, ${IDENTITY}, code, pointer, 1 as attempts from rejected_events)`,
  deadLetters: `(select tenant, ${IDENTITY}, reason as code, '' as pointer, attempts from dead_letters)`,
} as const;

export type RefusedKind = keyof typeof TABLES;

/** In order of position. */
export async function selectRefused(
  tx: Transaction,
  kind: RefusedKind,
  query: {
    readonly tenant: string;
    readonly after: { readonly partition: number; readonly offset: string; readonly index: number };
    readonly rows: number;
  },
): Promise<RefusedRow[]> {
  const { tenant, after, rows } = query;
  return tx.query<RefusedRow>(
    `select ${IDENTITY}, code, pointer, attempts
       from ${TABLES[kind]} as refused
      where tenant = $1::text and generation = $2::smallint
        and (partition, log_offset, event_index) > ($3::smallint, $4::bigint, $5::integer)
      order by partition, log_offset, event_index
      limit $6::integer`,
    [tenant, LOG_GENERATION, after.partition, after.offset, after.index, rows],
  );
}

/** The last time that an event of this identity was refused. */
export async function selectLastRefused(
  tx: Transaction,
  kind: RefusedKind,
  event: { readonly tenant: string; readonly source: string; readonly id: string },
): Promise<RefusedRow | undefined> {
  const [row] = await tx.query<RefusedRow>(
    `select ${IDENTITY}, code, pointer, attempts
       from ${TABLES[kind]} as refused
      where tenant = $1::text and source = $2::text and event_id = $3::text
      order by generation desc, log_offset desc, event_index desc
      limit 1`,
    [event.tenant, event.source, event.id],
  );
  return row;
}
