import { BinaryCopyWriter } from '@farthing/adapters/postgres/binary-copy';
import type { Transaction } from '@farthing/adapters/postgres/transaction';
import type { ChargePayment } from '@farthing/contracts/wire/paid-message';
import type { PaymentPart } from '@farthing/domain/ledger/charge-postings';
import { chargeId, type ChargeOrigin } from '@farthing/domain/rating/charge-id';

/** The parts of a charge by its id, in the order in which they paid. */
export type PartsByCharge = Map<string, readonly PaymentPart[]>;

/** Parts of one charge stand together and in burn order; `part` numbers them. */
export async function copyChargePayments(
  tx: Transaction,
  log: { readonly generation: number; readonly partition: number },
  payments: readonly ChargePayment[],
): Promise<void> {
  const copy = new BinaryCopyWriter(payments.length * 130);
  let part = 0;
  payments.forEach((payment, at) => {
    const before = payments[at - 1];
    part = before && isSameCharge(before, payment) ? part + 1 : 0;
    copy.row(11).int2(log.generation).int4(log.partition).int8(payment.offset).int4(payment.index);
    copy.int4(payment.n).int2(part).text(payment.tenant).text(payment.customer);
    copy.text(payment.currency).text(payment.grant).int8(payment.amountNanos);
  });
  await tx.copyIn(
    `copy charge_payments (generation, partition, log_offset, log_index, n, part, tenant, customer, currency,
       grant_id, amount) from stdin (format binary)`,
    copy.finish(),
  );
}

function isSameCharge(a: ChargePayment, b: ChargePayment): boolean {
  return a.offset === b.offset && a.index === b.index && a.n === b.n;
}

interface PartRow {
  readonly generation: number;
  readonly partition: number;
  readonly log_offset: string;
  readonly log_index: number;
  readonly n: number;
  readonly grant_id: string;
  readonly amount: string;
}

/**
 * Who paid these charges, without the parts of grants that have expired: what goes back for those goes to the
 * receivable, because breakage is given back only if a policy says so.
 */
export async function findCorrectedParts(
  tx: Transaction,
  charges: readonly ChargeOrigin[],
): Promise<PartsByCharge> {
  const rows = await tx.query<PartRow>(
    `select p.generation, p.partition, p.log_offset, p.log_index, p.n, p.grant_id, p.amount
       from unnest($1::smallint[], $2::integer[], $3::bigint[], $4::integer[], $5::integer[])
            as w(generation, partition, log_offset, log_index, n)
       join charge_payments p using (generation, partition, log_offset, log_index, n)
       left join grants g on g.tenant = p.tenant and g.id = p.grant_id
      where p.grant_id = '' or g.state <> 'expired'
      order by p.generation, p.partition, p.log_offset, p.log_index, p.n, p.part`,
    [
      charges.map((c) => c.generation),
      charges.map((c) => c.partition),
      charges.map((c) => c.offset),
      charges.map((c) => c.index),
      charges.map((c) => c.n),
    ],
  );
  const found = new Map<string, PaymentPart[]>();
  for (const row of rows) {
    const { generation, partition, log_index: index, n } = row;
    const id = chargeId({ generation, partition, offset: BigInt(row.log_offset), index, n });
    const parts = found.get(id) ?? [];
    parts.push({ source: sourceFrom(row.grant_id), amount: BigInt(row.amount) });
    found.set(id, parts);
  }
  return found;
}

function sourceFrom(grant: string): PaymentPart['source'] {
  return grant === '' ? { kind: 'receivable' } : { kind: 'grant', grant };
}
