import type { Transaction } from '@farthing/adapters/postgres/transaction';
import { CHARGE_COLUMNS, type ChargeRow } from '../charges/charge-row.js';
import { readByCursor } from './read-by-cursor.js';
import type { StatementsOfPeriod } from './sealed-statements.repository.js';

const AT_ONCE = 2_000;

/**
 * The charges of sealed booking periods, in byte order of (tenant, customer, currency, from) and then of positions: the
 * order of statements and of their leaves. Opens one cursor, until the transaction ends.
 */
export function chargesByStatement(
  tx: Transaction,
  { from, to, tenant, sealed }: StatementsOfPeriod,
): AsyncGenerator<ChargeRow> {
  return readByCursor<ChargeRow>(tx, {
    name: 'charges_by_statement',
    sql: `
     select ${CHARGE_COLUMNS}
       from rating.charges
       join unnest($4::text[], $5::bigint[]) as closed (of_tenant, through)
         on closed.of_tenant = tenant and booking_to <= closed.through
      where booking_from < $2::bigint and booking_to > $1::bigint and ($3::text is null or tenant = $3::text)
      order by tenant collate "C", customer collate "C", currency collate "C", booking_from,
               generation, partition, log_offset, event_index, n`,
    parameters: [
      from,
      to,
      tenant ?? null,
      sealed.map((closed) => closed.tenant),
      sealed.map(({ through }) => through),
    ],
    atOnce: AT_ONCE,
  });
}
