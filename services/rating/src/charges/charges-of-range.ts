import type { Transaction } from '@farthing/adapters/postgres/transaction';
import type { WirePosition } from '@farthing/contracts/wire/position-message';
import { CHARGE_COLUMNS, type ChargeRow } from './charge-row.js';

/** The charges of a half-open range, in order; the tenants and usage months are where its row says they are. */
export async function selectChargesOfRange(
  tx: Transaction,
  range: {
    readonly from: WirePosition;
    readonly to: WirePosition;
    readonly tenants: readonly string[];
    readonly usageMonths: readonly number[];
  },
): Promise<ChargeRow[]> {
  const { from, to } = range;
  return tx.query<ChargeRow>(
    `select ${CHARGE_COLUMNS}
       from charges
      where tenant_number = any(array(select number from charge_tenants where tenant = any($1::text[])))
        and usage_month = any($2::integer[])
        and generation = $3::smallint and partition = $4::smallint
        and (log_offset, event_index) >= ($5::bigint, $6::integer)
        and (log_offset, event_index) < ($7::bigint, $8::integer)
      order by log_offset, event_index, n`,
    [
      range.tenants,
      range.usageMonths,
      from.generation,
      from.partition,
      from.offset,
      from.index,
      to.offset,
      to.index,
    ],
  );
}
