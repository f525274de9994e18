import type { Transaction } from '@farthing/adapters/postgres/transaction';
import { LOG_GENERATION } from '@farthing/contracts/topics/log-generation';
import type { Position } from '@farthing/domain/rating/position';
import { CHARGE_COLUMNS, type ChargeRow } from './charge-row.js';

export interface ChargesListQuery {
  readonly tenant: string;
  /** With the partition that all of the customer's charges are in. */
  readonly customer: { readonly id: string; readonly partition: number } | undefined;
  /** On `occurredAt`, half-open. */
  readonly from: number | undefined;
  readonly to: number | undefined;
  readonly after: {
    readonly partition: number;
    readonly offset: string;
    readonly index: number;
    readonly n: number;
  };
  readonly rows: number;
}

/** Asked for first, so that the rows come by the key: a tenant found through the view's join would be compared row by row. */
const TENANT_NUMBER = `(select number from charge_tenants where tenant = $1::text)`;

/** In order of (partition, offset, index, n), which is the primary key's. */
export async function selectChargesList(
  tx: Transaction,
  query: ChargesListQuery,
): Promise<ChargeRow[]> {
  const { tenant, customer, from, to, after } = query;
  return tx.query<ChargeRow>(
    `select ${CHARGE_COLUMNS}
       from charges
      where tenant_number = ${TENANT_NUMBER} and generation = $2::smallint
        and (partition, log_offset, event_index, n) > ($3::smallint, $4::bigint, $5::integer, $6::smallint)
        and ($7::text is null
             or customer_number = (select number from charge_customers where tenant = $1::text and customer = $7::text))
        and ($8::smallint is null or partition = $8::smallint)
        and ($9::bigint is null or occurred_at >= $9::bigint)
        and ($10::bigint is null or occurred_at < $10::bigint)
      order by partition, log_offset, event_index, n
      limit $11::integer`,
    [
      tenant,
      LOG_GENERATION,
      after.partition,
      after.offset,
      after.index,
      after.n,
      customer?.id ?? null,
      customer?.partition ?? null,
      from ?? null,
      to ?? null,
      query.rows,
    ],
  );
}

/** The charges of one event, or the one that `n` names. */
export async function selectChargesAt(
  tx: Transaction,
  tenant: string,
  position: Position & { readonly n?: number },
): Promise<ChargeRow[]> {
  return tx.query<ChargeRow>(
    `select ${CHARGE_COLUMNS}
       from charges
      where tenant_number = ${TENANT_NUMBER} and generation = $2::integer and partition = $3::integer
        and log_offset = $4::bigint and event_index = $5::bigint
        and ($6::bigint is null or n = $6::bigint)
      order by n`,
    [
      tenant,
      position.generation,
      position.partition,
      position.offset,
      position.index,
      position.n ?? null,
    ],
  );
}
