import type { DataSource } from 'typeorm';
import { BinaryCopyWriter } from '@farthing/adapters/postgres/binary-copy';
import type { Transaction } from '@farthing/adapters/postgres/transaction';
import { LOG_GENERATION } from '@farthing/contracts/topics/log-generation';
import type { Charge } from './charge.js';
import { creatorsToColumn } from './charge-row.js';

const COLUMNS = [
  'log_offset',
  'occurred_at',
  'usage_from',
  'booking_from',
  'amount',
  'event_index',
  'usage_month',
  'tenant_number',
  'customer_number',
  'price_number',
  'source_number',
  'generation',
  'partition',
  'n',
  'kind',
  'quantity_before',
  'quantity_after',
  'event_id',
  'creators',
  'corrects',
  'body_hash',
] as const;

/** Makes the table of a usage month, in a transaction of its own; does nothing when it is there. */
export async function ensureChargesMonth(dataSource: DataSource, month: number): Promise<void> {
  await dataSource.query(`select ensure_charges_month($1::integer)`, [month]);
}

/** The rows of a usage month, encoded. */
export interface ChargeRows {
  readonly usageMonth: number;
  readonly data: Buffer;
}

/** By usage month. Shared by all: whoever begins to encode finishes before anyone else can begin. */
const writers = new Map<number, BinaryCopyWriter>();

/** Encodes charges as they are made. Between its first `add` and `finish` nothing may be awaited. */
export class ChargeEncoder {
  readonly #used = new Map<number, BinaryCopyWriter>();

  constructor(private readonly partition: number) {}

  add(charge: Charge): void {
    const { usageMonth } = charge;
    let writer = this.#used.get(usageMonth);
    if (!writer) {
      writer = writers.get(usageMonth) ?? new BinaryCopyWriter(1024 * 1024);
      writers.set(usageMonth, writer);
      this.#used.set(usageMonth, writer);
    }
    writeRow(writer, charge, this.partition);
  }

  finish(): ChargeRows[] {
    return [...this.#used].map(([usageMonth, writer]) => ({ usageMonth, data: writer.finish() }));
  }
}

/** Stores charges, each usage month by a COPY into its own table: routing rows would cost more. */
export async function copyCharges(tx: Transaction, rows: readonly ChargeRows[]): Promise<void> {
  for (const { usageMonth, data } of rows) {
    await tx.copyIn(
      `copy charge_rows_${usageMonth} (${COLUMNS.join(', ')}) from stdin (format binary)`,
      data,
    );
  }
}

function writeRow(writer: BinaryCopyWriter, charge: Charge, partition: number): void {
  writer
    .row(COLUMNS.length)
    .int8(charge.offset)
    .int8(charge.occurredAt)
    .int8(charge.usageFrom)
    .int8(charge.bookingFrom)
    .int8(charge.amountNanos)
    .int4(charge.index)
    .int4(charge.usageMonth)
    .int4(charge.tenantNumber)
    .int4(charge.customerNumber)
    .int4(charge.priceNumber)
    .int4(charge.sourceNumber)
    .int2(LOG_GENERATION)
    .int2(partition)
    .int2(charge.n)
    .int2(charge.kind)
    .numeric(charge.quantityBefore, 9)
    .numeric(charge.quantityAfter, 9)
    .text(charge.eventId);
  const creators = creatorsToColumn(charge.creators);
  if (creators === null) writer.null();
  else writer.text(creators);
  if (charge.corrects === '') writer.null();
  else writer.text(charge.corrects);
  writer.bytes(charge.bodyHash, 0, charge.bodyHash.length);
}
