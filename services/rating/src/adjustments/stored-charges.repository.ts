import type { Transaction } from '@farthing/adapters/postgres/transaction';
import { LOG_GENERATION } from '@farthing/contracts/topics/log-generation';
import { chargeId, type ChargeOrigin } from '@farthing/domain/rating/charge-id';
import { CHARGE_COLUMNS, type ChargeRow } from '../charges/charge-row.js';
import type { StandingCharge } from './standing-charge.js';

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

/** By the id of the charge that they correct, oldest first; of charges of one tenant. */
export async function selectAdjustmentsOf(
  tx: Transaction,
  tenant: string,
  chargeIds: readonly string[],
): Promise<Map<string, StoredCharge[]>> {
  const rows = await tx.query<StoredCharge & { readonly corrects: string }>(
    `select ${STORED_COLUMNS}
       from charges
      where tenant_number = (select number from charge_tenants where tenant = $1::text)
        and corrects is not null and corrects = any($2::text[])
      order by corrects, log_offset, event_index, n`,
    [tenant, chargeIds],
  );
  const adjustments = new Map<string, StoredCharge[]>();
  for (const row of rows) {
    const known = adjustments.get(row.corrects);
    if (known) known.push(row);
    else adjustments.set(row.corrects, [row]);
  }
  return adjustments;
}

export async function selectStandingCharge(
  tx: Transaction,
  tenant: string,
  origin: ChargeOrigin,
): Promise<StandingCharge | undefined> {
  const [original] = await selectStoredCharges(tx, tenant, [origin]);
  if (!original) return undefined;
  const id = chargeId(origin);
  const adjustments = await selectAdjustmentsOf(tx, tenant, [id]);
  return { original, adjustments: adjustments.get(id) ?? [] };
}
