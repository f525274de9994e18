import { BinaryCopyWriter } from '@farthing/adapters/postgres/binary-copy';
import type { Transaction } from '@farthing/adapters/postgres/transaction';
import type { ChargePayment } from '@farthing/contracts/wire/paid-message';
import type { PaymentPart } from '@farthing/domain/ledger/charge-postings';
import type { RatedCharge } from '@farthing/contracts/wire/rated-charge';
import { chargeId, type ChargeOrigin } from '@farthing/domain/rating/charge-id';
import { netParts } from '@farthing/domain/wallet/net-parts';

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
  readonly of_id: string;
  readonly grant_id: string;
  readonly amount: string;
}

/**
 * Who still pays these charges, after what was given back before. Without the parts of grants that have expired: what
 * goes back for those goes to the receivable, because breakage is given back only if a policy says so.
 */
export async function findCorrectedParts(
  tx: Transaction,
  charges: ReadonlyArray<ChargeOrigin & { readonly tenant: string }>,
): Promise<PartsByCharge> {
  const rows = await tx.query<PartRow>(
    `select of_id, p.grant_id, p.amount
       from unnest($1::text[], $2::text[], $3::smallint[], $4::integer[], $5::bigint[], $6::integer[], $7::integer[])
            as wanted (of_tenant, of_id, of_generation, of_partition, of_offset, of_index, of_n)
      cross join lateral (
        select of_generation as generation, of_partition as partition, of_offset as log_offset, of_index as log_index,
               of_n as n
         union all
        select generation, partition, log_offset, log_index, n
          from correcting_charges
         where tenant = of_tenant and corrects = of_id
      ) as paid
       join charge_payments p using (generation, partition, log_offset, log_index, n)
       left join grants g on g.tenant = p.tenant and g.id = p.grant_id
      where p.grant_id = '' or g.state <> 'expired'
      order by of_id, p.generation, p.partition, p.log_offset, p.log_index, p.n, p.part`,
    [
      charges.map((c) => c.tenant),
      charges.map(chargeId),
      charges.map((c) => c.generation),
      charges.map((c) => c.partition),
      charges.map((c) => c.offset),
      charges.map((c) => c.index),
      charges.map((c) => c.n),
    ],
  );
  const found = new Map<string, PaymentPart[]>();
  for (const { of_id: id, grant_id: grant, amount } of rows) {
    const parts = found.get(id) ?? [];
    parts.push({ source: sourceFrom(grant), amount: BigInt(amount) });
    found.set(id, parts);
  }
  return new Map([...found].map(([id, parts]) => [id, netParts(parts)]));
}

/** Remembers which charge each of these corrects. */
export async function insertCorrectingCharges(
  tx: Transaction,
  log: { readonly generation: number; readonly partition: number },
  charges: ReadonlyArray<Pick<RatedCharge, 'tenant' | 'corrects' | 'offset' | 'index' | 'n'>>,
): Promise<void> {
  await tx.execute(
    `insert into correcting_charges (tenant, corrects, generation, partition, log_offset, log_index, n)
     select tenant, corrects, $1::smallint, $2::integer, log_offset, log_index, n
       from unnest($3::text[], $4::text[], $5::bigint[], $6::integer[], $7::integer[])
            as correcting (tenant, corrects, log_offset, log_index, n)`,
    [
      log.generation,
      log.partition,
      charges.map((c) => c.tenant),
      charges.map((c) => c.corrects),
      charges.map((c) => c.offset),
      charges.map((c) => c.index),
      charges.map((c) => c.n),
    ],
  );
}

function sourceFrom(grant: string): PaymentPart['source'] {
  return grant === '' ? { kind: 'receivable' } : { kind: 'grant', grant };
}
