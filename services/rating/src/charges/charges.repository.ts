import type { DataSource } from 'typeorm';
import { BinaryCopyWriter } from '@farthing/adapters/postgres/binary-copy';
import type { Transaction } from '@farthing/adapters/postgres/transaction';
import { LOG_GENERATION } from '@farthing/contracts/topics/log-generation';
import type { Charge } from '../rate-batch/effects.js';

const COLUMNS = [
  'log_offset',
  'occurred_at',
  'usage_from',
  'usage_to',
  'booking_from',
  'booking_to',
  'amount',
  'event_index',
  'usage_month',
  'price_version',
  'generation',
  'partition',
  'n',
  'kind',
  'tenant',
  'customer',
  'currency',
  'source',
  'event_id',
  'type',
  'meter',
  'price',
  'quantity_before',
  'quantity_after',
  'creators',
  'body_hash',
] as const;

const writer = new BinaryCopyWriter(1024 * 1024);

/** Makes the table of a usage month, in a transaction of its own; does nothing when it is there. */
export async function ensureChargesMonth(dataSource: DataSource, month: number): Promise<void> {
  await dataSource.query(`select ensure_charges_month($1::integer)`, [month]);
}

/** Stores charges, each usage month by a COPY into its own table: routing rows would cost more. */
export async function copyCharges(
  tx: Transaction,
  charges: readonly Charge[],
  partition: number,
): Promise<void> {
  for (const month of new Set(charges.map(({ usageMonth }) => usageMonth))) {
    for (const charge of charges) {
      if (charge.usageMonth === month) writeRow(charge, partition);
    }
    await tx.copyIn(
      `copy charges_${month} (${COLUMNS.join(', ')}) from stdin (format binary)`,
      writer.finish(),
    );
  }
}

function writeRow(charge: Charge, partition: number): void {
  writer
    .row(COLUMNS.length)
    .int8(charge.offset)
    .int8(charge.occurredAt)
    .int8(charge.usageFrom)
    .int8(charge.usageTo)
    .int8(charge.bookingFrom)
    .int8(charge.bookingTo)
    .int8(charge.amountNanos)
    .int4(charge.index)
    .int4(charge.usageMonth)
    .int4(charge.priceVersion)
    .int2(LOG_GENERATION)
    .int2(partition)
    .int2(charge.n)
    .int2(charge.kind)
    .text(charge.tenant)
    .text(charge.customer)
    .text(charge.currency)
    .text(charge.source)
    .text(charge.eventId)
    .text(charge.type)
    .text(charge.meter)
    .text(charge.price)
    .numeric(charge.quantityBefore, 9)
    .numeric(charge.quantityAfter, 9);
  if (charge.creators.length === 0) writer.null();
  else writer.textArray(charge.creators);
  writer.bytea(charge.bodyHash);
}
