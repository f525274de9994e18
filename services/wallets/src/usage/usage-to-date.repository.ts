import type { Transaction } from '@farthing/adapters/postgres/transaction';
import { canonicalQuantity } from '@farthing/domain/metering/quantity';
import type { BillingPeriod } from '@farthing/domain/period/billing-period';
import { EMPTY_ACCUMULATOR, type Accumulator } from '@farthing/domain/rating/accumulator';
import type { UsageMove } from './usage-to-date.js';

/** One statement a transaction. Partitions have customers of their own, so no two of them touch a row. */
export async function moveUsage(tx: Transaction, moves: readonly UsageMove[]): Promise<void> {
  await tx.execute(
    `insert into usage_to_date as u
            (tenant, customer, usage_from, usage_to, price, cell, quantity, amount)
     select * from unnest($1::text[], $2::text[], $3::bigint[], $4::bigint[], $5::text[], $6::text[],
                          $7::numeric[], $8::numeric[])
         on conflict (tenant, customer, usage_from, price, cell) do update
        set quantity = excluded.quantity, amount = u.amount + excluded.amount`,
    [
      moves.map((move) => move.tenant),
      moves.map((move) => move.customer),
      moves.map((move) => move.usageFrom),
      moves.map((move) => move.usageTo),
      moves.map((move) => move.price),
      moves.map((move) => move.cell),
      moves.map((move) => canonicalQuantity(move.quantity)),
      moves.map((move) => move.amount.toString()),
    ],
  );
}

/** Where one price of a usage period stands. */
export interface UsageToDate extends BillingPeriod {
  readonly price: string;
  readonly cell: string;
  readonly accumulator: Accumulator;
}

interface UsageRow {
  readonly usage_from: string;
  readonly usage_to: string;
  readonly price: string;
  readonly cell: string;
  readonly quantity: string;
  readonly amount: string;
}

/** No period is longer: what begins earlier has ended. */
const LONGEST_PERIOD_MICROS = 366 * 86_400_000_000;

/** Of the periods that overlap the given one. */
export async function findUsage(
  tx: Transaction,
  who: { readonly tenant: string; readonly customer: string },
  { from, to }: BillingPeriod,
): Promise<UsageToDate[]> {
  const rows = await tx.query<UsageRow>(
    `select usage_from, usage_to, price, cell, quantity, amount from usage_to_date
      where tenant = $1::text and customer = $2::text
        and usage_from > $3::bigint and usage_from < $5::bigint and usage_to > $4::bigint`,
    [who.tenant, who.customer, from - LONGEST_PERIOD_MICROS, from, to],
  );
  return rows.map((row) => ({
    from: Number(row.usage_from),
    to: Number(row.usage_to),
    price: row.price,
    cell: row.cell,
    // numeric(38, 9) always has nine decimals.
    accumulator: {
      ...EMPTY_ACCUMULATOR,
      quantity: BigInt(row.quantity.replace('.', '')),
      amount: BigInt(row.amount),
    },
  }));
}
