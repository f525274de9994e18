import type { Transaction } from '@farthing/adapters/postgres/transaction';
import { LOG_GENERATION } from '@farthing/contracts/topics/log-generation';
import type { ChargeOrigin } from '@farthing/domain/rating/charge-id';
import type { Position } from '@farthing/domain/rating/position';
import { CHARGE_COLUMNS, type ChargeRow } from '../charges/charge-row.js';

/** A charge as it is stored, with the numbers of its names: what a charge that corrects it is made from. */
export interface StoredCharge extends ChargeRow {
  readonly usage_month: number;
  readonly tenant_number: number;
  readonly customer_number: number;
  readonly price_number: number;
  readonly source_number: number;
}

const STORED_COLUMNS = `${CHARGE_COLUMNS},
  usage_month, tenant_number, customer_number, price_number, source_number`;

/** All charges that stand at these positions, in order of position and number. */
export async function selectStoredAt(
  tx: Transaction,
  tenant: string,
  positions: readonly Position[],
): Promise<StoredCharge[]> {
  const own = positions.filter(({ generation }) => generation === LOG_GENERATION);
  return tx.query<StoredCharge>(
    `select ${STORED_COLUMNS}
       from unnest($2::bigint[], $3::bigint[], $4::bigint[]) as wanted (of_partition, of_offset, of_index)
       join charges on partition = of_partition and log_offset = of_offset and event_index = of_index
      where tenant_number = (select number from charge_tenants where tenant = $1::text)
        and generation = $5::smallint
      order by log_offset, event_index, n`,
    [
      tenant,
      own.map(({ partition }) => partition),
      own.map(({ offset }) => offset),
      own.map(({ index }) => index),
      LOG_GENERATION,
    ],
  );
}

/** The charges that correct these, in the order in which they were made. */
export async function selectStoredCorrecting(
  tx: Transaction,
  tenant: string,
  ids: readonly string[],
): Promise<StoredCharge[]> {
  return tx.query<StoredCharge>(
    `select ${STORED_COLUMNS}
       from charges
      where tenant_number = (select number from charge_tenants where tenant = $1::text)
        and corrects is not null and corrects = any($2::text[])
      order by partition, log_offset, event_index, n`,
    [tenant, ids],
  );
}

/** Of a tenant, in the order in which they were asked for; those that are not there are left out. */
export async function selectStoredCharges(
  tx: Transaction,
  tenant: string,
  origins: readonly ChargeOrigin[],
): Promise<StoredCharge[]> {
  const own = origins.filter(({ generation }) => generation === LOG_GENERATION);
  return tx.query<StoredCharge>(
    `select ${STORED_COLUMNS}
       from unnest($2::bigint[], $3::bigint[], $4::bigint[], $5::bigint[])
            with ordinality as wanted (of_partition, of_offset, of_index, of_n, at)
       join charges on partition = of_partition and log_offset = of_offset and event_index = of_index and n = of_n
      where tenant_number = (select number from charge_tenants where tenant = $1::text)
        and generation = $6::smallint
      order by at`,
    [
      tenant,
      own.map(({ partition }) => partition),
      own.map(({ offset }) => offset),
      own.map(({ index }) => index),
      own.map(({ n }) => n),
      LOG_GENERATION,
    ],
  );
}
