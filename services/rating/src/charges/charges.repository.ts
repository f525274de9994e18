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

const QUOTED_COLUMNS = ['quote_difference'];
const PRICED_BEFORE_COLUMNS = ['events_before', 'amount_before'];

/** Columns that few charges have: the rows of the others leave them out, and so need no byte for them. */
const QUOTED = 1;
const PRICED_BEFORE = 2;
const SHAPES = 4;

/** By which of those columns a row has. */
const COLUMNS_OF_SHAPE: readonly (readonly string[])[] = [
  COLUMNS,
  [...COLUMNS, ...QUOTED_COLUMNS],
  [...COLUMNS, ...PRICED_BEFORE_COLUMNS],
  [...COLUMNS, ...QUOTED_COLUMNS, ...PRICED_BEFORE_COLUMNS],
];

/** The rows of a usage month that have the same columns, encoded. */
export interface ChargeRows {
  readonly usageMonth: number;
  readonly columns: readonly string[];
  readonly data: Buffer;
}

/**
 * By usage month and shape. Shared by all: whoever begins to encode finishes before anyone else can begin.
 */
const writers = new Map<number, BinaryCopyWriter>();

/** Encodes charges as they are made. Between its first `add` and `finish` nothing may be awaited. */
export class ChargeEncoder {
  readonly #used = new Map<number, BinaryCopyWriter>();

  constructor(private readonly partition: number) {}

  add(charge: Charge): void {
    const shape = (charge.isQuoted ? QUOTED : 0) | (charge.pricedBefore ? PRICED_BEFORE : 0);
    const key = charge.usageMonth * SHAPES + shape;
    let writer = this.#used.get(key);
    if (!writer) {
      writer = writers.get(key) ?? new BinaryCopyWriter(shape === 0 ? 1024 * 1024 : 64 * 1024);
      writers.set(key, writer);
      this.#used.set(key, writer);
    }
    writer.row(COLUMNS_OF_SHAPE[shape]!.length);
    writeColumns(writer, charge, this.partition);
  }

  finish(): ChargeRows[] {
    return [...this.#used].map(([key, writer]) => ({
      usageMonth: Math.floor(key / SHAPES),
      columns: COLUMNS_OF_SHAPE[key % SHAPES]!,
      data: writer.finish(),
    }));
  }
}

/** Stores charges, each usage month by a COPY into its own table: routing rows would cost more. */
export async function copyCharges(tx: Transaction, rows: readonly ChargeRows[]): Promise<void> {
  for (const { usageMonth, columns, data } of rows) {
    await tx.copyIn(
      `copy charge_rows_${usageMonth} (${columns.join(', ')}) from stdin (format binary)`,
      data,
    );
  }
}

function writeColumns(writer: BinaryCopyWriter, charge: Charge, partition: number): void {
  writer
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
  if (charge.isQuoted) writer.int8(charge.quoteDifferenceNanos);
  const { pricedBefore } = charge;
  if (pricedBefore) writer.int8(pricedBefore.events).int8(pricedBefore.amount);
}
