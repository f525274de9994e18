import type { Transaction } from '@farthing/adapters/postgres/transaction';
import { canonicalQuantity } from '@farthing/domain/metering/quantity';
import type { Nanos } from '@farthing/domain/money/nanos';
import type { Micros } from '@farthing/domain/period/micros';
import type { ChargeKind } from '@farthing/domain/proof/charge-leaf';

/** A line of a statement's invoice. It is late when the usage period is not the booking period. */
export interface LineKey {
  readonly tenant: string;
  readonly statement: string;
  readonly price: string;
  /** Canonical JSON of the dimension values; '' for none. */
  readonly cell: string;
  readonly kind: ChargeKind;
  readonly priceVersion: number;
  readonly usageFrom: Micros;
}

export interface ChargedLine extends LineKey {
  readonly usageTo: Micros;
  charges: number;
  /** Scaled 1e-9. */
  quantity: bigint;
  chargeNanos: Nanos;
}

export interface PaidLine extends LineKey {
  receivableNanos: Nanos;
  walletNanos: Nanos;
}

export function lineId(key: LineKey): string {
  const { tenant, statement, price, cell, kind, priceVersion, usageFrom } = key;
  return [tenant, statement, price, cell, kind, priceVersion, usageFrom].join('\u0000');
}

const KEY_COLUMNS = 'tenant, statement, price, cell, kind, price_version, usage_from_micros';
const KEY_ARRAYS =
  '$1::text[], $2::text[], $3::text[], $4::text[], $5::text[], $6::integer[], $7::bigint[]';

export async function addChargedLines(
  tx: Transaction,
  lines: readonly ChargedLine[],
): Promise<void> {
  if (lines.length === 0) return;
  await tx.execute(
    `insert into period_lines as l (${KEY_COLUMNS}, usage_to_micros, charges, quantity, charge_nanos)
     select * from unnest(${KEY_ARRAYS}, $8::bigint[], $9::bigint[], $10::numeric[], $11::numeric[])
     on conflict (${KEY_COLUMNS}) do update
        set charges = l.charges + excluded.charges, quantity = l.quantity + excluded.quantity,
            charge_nanos = l.charge_nanos + excluded.charge_nanos`,
    [
      ...keyArrays(lines),
      lines.map((line) => line.usageTo),
      lines.map((line) => line.charges),
      lines.map((line) => canonicalQuantity(line.quantity)),
      lines.map((line) => line.chargeNanos.toString()),
    ],
  );
}

export async function addPaidLines(tx: Transaction, lines: readonly PaidLine[]): Promise<void> {
  if (lines.length === 0) return;
  await tx.execute(
    `insert into period_payments as p (${KEY_COLUMNS}, receivable_nanos, wallet_nanos)
     select * from unnest(${KEY_ARRAYS}, $8::numeric[], $9::numeric[])
     on conflict (${KEY_COLUMNS}) do update
        set receivable_nanos = p.receivable_nanos + excluded.receivable_nanos,
            wallet_nanos = p.wallet_nanos + excluded.wallet_nanos`,
    [
      ...keyArrays(lines),
      lines.map((line) => line.receivableNanos.toString()),
      lines.map((line) => line.walletNanos.toString()),
    ],
  );
}

function keyArrays(lines: readonly LineKey[]): unknown[] {
  return [
    lines.map((line) => line.tenant),
    lines.map((line) => line.statement),
    lines.map((line) => line.price),
    lines.map((line) => line.cell),
    lines.map((line) => line.kind),
    lines.map((line) => line.priceVersion),
    lines.map((line) => line.usageFrom),
  ];
}
