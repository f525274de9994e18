import { BinaryCopyWriter } from '@farthing/adapters/postgres/binary-copy';
import type { Transaction } from '@farthing/adapters/postgres/transaction';
import { LOG_GENERATION } from '@farthing/contracts/topics/log-generation';
import { eventIdentity, type StandingReading } from '@farthing/domain/metering/latest-reading';
import type { Quantity } from '@farthing/domain/metering/quantity';
import type { Micros } from '@farthing/domain/period/micros';

/** Where an event stands, and whose it is, by the numbers that charge rows name them by. */
export interface EventOfNumbers {
  readonly tenantNumber: number;
  readonly customerNumber: number;
  readonly offset: bigint;
  readonly index: number;
}

/** What an event said under a price and its charge does not, where undoing it needs that. */
export interface KeptReading extends EventOfNumbers {
  readonly price: string;
  /** The cell, the item under an unlock, or of distinct values a cell and a value: see `valuePart`. */
  readonly part: string;
  readonly usageFrom: Micros;
  readonly occurredAt: Micros;
  /** What was read; of an unlock one item where it was paid and none where it was open, of a value one where it was new. */
  readonly quantity: Quantity;
}

interface KeptRow {
  readonly tenant_number: number;
  readonly customer_number: number;
  readonly log_offset: string;
  readonly event_index: number;
  readonly price: string;
  readonly part: string;
  readonly usage_from: string;
  readonly occurred_at: string;
  readonly quantity: string;
}

/** A reading with the event that said it. */
interface LatestRow extends Pick<KeptRow, 'occurred_at' | 'quantity'> {
  readonly source: string;
  readonly event_id: string;
}

const COLUMNS = `tenant_number, customer_number, log_offset, event_index, price, part, usage_from, occurred_at,
  trunc(quantity * 1000000000) as quantity`;

/** Readings come event by event. An event under a price that reads it twice keeps the greater. */
export function addKept(kept: KeptReading[], reading: KeptReading): void {
  for (let at = kept.length - 1; at >= 0 && isOfEvent(kept[at]!, reading); at--) {
    const other = kept[at]!;
    if (other.price !== reading.price || other.part !== reading.part) continue;
    if (reading.quantity > other.quantity) kept[at] = reading;
    return;
  }
  kept.push(reading);
}

function isOfEvent(one: EventOfNumbers, other: EventOfNumbers): boolean {
  return one.index === other.index && one.offset === other.offset;
}

const writer = new BinaryCopyWriter();

export async function copyKeptReadings(
  tx: Transaction,
  kept: readonly KeptReading[],
): Promise<void> {
  for (const one of kept) {
    writer
      .row(10)
      .int8(one.offset)
      .int8(one.usageFrom)
      .int8(one.occurredAt)
      .int4(one.index)
      .int4(one.tenantNumber)
      .int4(one.customerNumber)
      .int2(LOG_GENERATION)
      .text(one.price)
      .text(one.part)
      .numeric(one.quantity, 9);
  }
  await tx.copyIn(
    `copy kept_readings (log_offset, usage_from, occurred_at, event_index, tenant_number, customer_number, generation,
                         price, part, quantity)
     from stdin (format binary)`,
    writer.finish(),
  );
}

/** Of one customer: what others than the event at this place said under these prices and parts, in their order. */
export async function selectOtherReadings(
  tx: Transaction,
  event: EventOfNumbers,
  parts: ReadonlyArray<Pick<KeptReading, 'price' | 'part'>>,
): Promise<KeptReading[]> {
  const rows = await tx.query<KeptRow>(
    `select ${COLUMNS}
       from unnest($4::text[], $5::text[]) as wanted (price, part)
       join kept_readings using (price, part)
      where customer_number = $1::integer
        and not (generation = $6::smallint and log_offset = $2::bigint and event_index = $3::integer)
      order by generation, log_offset, event_index`,
    [
      event.customerNumber,
      event.offset,
      event.index,
      parts.map(({ price }) => price),
      parts.map(({ part }) => part),
      LOG_GENERATION,
    ],
  );
  return rows.map(keptFromRow);
}

/** What the event at this place said. */
export async function selectReadingsOf(
  tx: Transaction,
  event: EventOfNumbers,
): Promise<KeptReading[]> {
  const rows = await tx.query<KeptRow>(
    `select ${COLUMNS}
       from kept_readings
      where customer_number = $1::integer and generation = $2::smallint
        and log_offset = $3::bigint and event_index = $4::integer
      order by price collate "C", part collate "C"`,
    [event.customerNumber, LOG_GENERATION, event.offset, event.index],
  );
  return rows.map(keptFromRow);
}

/** The latest reading that others than the event said in the accumulator of one of its own; undefined: there is none. */
export async function selectLatestOther(
  tx: Transaction,
  { price, part, usageFrom, ...event }: KeptReading,
  partition: number,
): Promise<StandingReading | undefined> {
  const [row] = await tx.query<LatestRow>(
    `with others as (
       select log_offset, event_index, occurred_at, quantity
         from kept_readings
        where customer_number = $1::integer and price = $2::text and part = $3::text and usage_from = $4::bigint
          and generation = $5::smallint and not (log_offset = $6::bigint and event_index = $7::integer)
        order by occurred_at desc
        fetch first 1 row with ties
     )
     select o.occurred_at, trunc(o.quantity * 1000000000) as quantity, c.source, c.event_id
       from others o
       join charges c using (log_offset, event_index)
      where c.tenant_number = $8::integer and c.generation = $5::smallint and c.partition = $9::smallint
      order by (c.source || ' ' || c.event_id) collate "C" desc
      limit 1`,
    [
      event.customerNumber,
      price,
      part,
      usageFrom,
      LOG_GENERATION,
      event.offset,
      event.index,
      event.tenantNumber,
      partition,
    ],
  );
  if (!row) return undefined;
  const identity = eventIdentity(row.source, row.event_id);
  return {
    quantity: BigInt(row.quantity),
    mark: { occurredAt: Number(row.occurred_at), identity },
  };
}

export async function deleteReadingsOf(tx: Transaction, event: EventOfNumbers): Promise<void> {
  await tx.execute(
    `delete from kept_readings
      where customer_number = $1::integer and generation = $2::smallint
        and log_offset = $3::bigint and event_index = $4::integer`,
    [event.customerNumber, LOG_GENERATION, event.offset, event.index],
  );
}

function keptFromRow(row: KeptRow): KeptReading {
  return {
    tenantNumber: row.tenant_number,
    customerNumber: row.customer_number,
    offset: BigInt(row.log_offset),
    index: row.event_index,
    price: row.price,
    part: row.part,
    usageFrom: Number(row.usage_from),
    occurredAt: Number(row.occurred_at),
    quantity: BigInt(row.quantity),
  };
}
