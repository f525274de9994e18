import { BinaryCopyWriter } from '@farthing/adapters/postgres/binary-copy';
import type { Transaction } from '@farthing/adapters/postgres/transaction';
import { LOG_GENERATION } from '@farthing/contracts/topics/log-generation';
import type { PricedBefore } from '@farthing/domain/pricing/compiled-event-price';
import type { Charge } from './charge.js';

/** A charge whose price asked for what came before it. */
export interface ChargePricedBefore extends Pick<
  Charge,
  'tenantNumber' | 'offset' | 'index' | 'n'
> {
  readonly pricedBefore: PricedBefore;
}

const writer = new BinaryCopyWriter();

export async function copyPricedBefore(
  tx: Transaction,
  charges: readonly ChargePricedBefore[],
  partition: number,
): Promise<void> {
  for (const { tenantNumber, offset, index, n, pricedBefore } of charges) {
    writer
      .row(8)
      .int8(offset)
      .int8(pricedBefore.events)
      .int8(pricedBefore.amount)
      .int4(index)
      .int4(tenantNumber)
      .int2(LOG_GENERATION)
      .int2(partition)
      .int2(n);
  }
  await tx.copyIn(
    `copy priced_before (log_offset, events, amount, event_index, tenant_number, generation, partition, n)
     from stdin (format binary)`,
    writer.finish(),
  );
}
