import type { Transaction } from '@farthing/adapters/postgres/transaction';
import { LOG_GENERATION } from '@farthing/contracts/topics/log-generation';
import { canonicalQuantity, type Quantity } from '@farthing/domain/metering/quantity';
import type { Micros } from '@farthing/domain/period/micros';

/** What an event said under a price and its charge does not, where undoing it needs that. */
export interface KeptReading {
  readonly tenant: string;
  readonly customer: string;
  /** Where the event stands. */
  readonly offset: bigint;
  readonly index: number;
  readonly price: string;
  /** The cell under a price of a maximum, the item under an unlock. */
  readonly part: string;
  readonly usageFrom: Micros;
  readonly occurredAt: Micros;
  /** What was read; of an unlock one item where it was paid and none where it was open. */
  readonly quantity: Quantity;
}

interface KeptRow {
  readonly tenant: string;
  readonly customer: string;
  readonly log_offset: string;
  readonly event_index: number;
  readonly price: string;
  readonly part: string;
  readonly usage_from: string;
  readonly occurred_at: string;
  readonly quantity: string;
}

const COLUMNS = `tenant, customer, log_offset, event_index, price, part, usage_from, occurred_at,
  trunc(quantity * 1000000000) as quantity`;

/** An event under a price that reads it twice keeps the greater. */
export async function insertKeptReadings(
  tx: Transaction,
  kept: readonly KeptReading[],
): Promise<void> {
  await tx.execute(
    `insert into kept_readings (generation, tenant, customer, log_offset, event_index, price, part, usage_from,
                                occurred_at, quantity)
     select $1::smallint, tenant, customer, log_offset, event_index, price, part, usage_from, max(occurred_at),
            max(quantity)
       from unnest($2::text[], $3::text[], $4::bigint[], $5::integer[], $6::text[], $7::text[], $8::bigint[],
                   $9::bigint[], $10::numeric[])
            as kept (tenant, customer, log_offset, event_index, price, part, usage_from, occurred_at, quantity)
      group by tenant, customer, log_offset, event_index, price, part, usage_from`,
    [
      LOG_GENERATION,
      kept.map(({ tenant }) => tenant),
      kept.map(({ customer }) => customer),
      kept.map(({ offset }) => offset),
      kept.map(({ index }) => index),
      kept.map(({ price }) => price),
      kept.map(({ part }) => part),
      kept.map(({ usageFrom }) => usageFrom),
      kept.map(({ occurredAt }) => occurredAt),
      kept.map(({ quantity }) => canonicalQuantity(quantity)),
    ],
  );
}

/** Of one customer: what others than the event at this place said under these prices and parts, in their order. */
export async function selectOtherReadings(
  tx: Transaction,
  event: Pick<KeptReading, 'tenant' | 'customer' | 'offset' | 'index'>,
  parts: ReadonlyArray<Pick<KeptReading, 'price' | 'part'>>,
): Promise<KeptReading[]> {
  const rows = await tx.query<KeptRow>(
    `select ${COLUMNS}
       from unnest($5::text[], $6::text[]) as wanted (price, part)
       join kept_readings using (price, part)
      where tenant = $1::text and customer = $2::text
        and not (generation = $7::smallint and log_offset = $3::bigint and event_index = $4::integer)
      order by generation, log_offset, event_index`,
    [
      event.tenant,
      event.customer,
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
  event: Pick<KeptReading, 'tenant' | 'customer' | 'offset' | 'index'>,
): Promise<KeptReading[]> {
  const rows = await tx.query<KeptRow>(
    `select ${COLUMNS}
       from kept_readings
      where tenant = $1::text and customer = $2::text and generation = $3::smallint
        and log_offset = $4::bigint and event_index = $5::integer
      order by price collate "C", part collate "C"`,
    [event.tenant, event.customer, LOG_GENERATION, event.offset, event.index],
  );
  return rows.map(keptFromRow);
}

export async function deleteReadingsOf(
  tx: Transaction,
  event: Pick<KeptReading, 'tenant' | 'customer' | 'offset' | 'index'>,
): Promise<void> {
  await tx.execute(
    `delete from kept_readings
      where tenant = $1::text and customer = $2::text and generation = $3::smallint
        and log_offset = $4::bigint and event_index = $5::integer`,
    [event.tenant, event.customer, LOG_GENERATION, event.offset, event.index],
  );
}

function keptFromRow(row: KeptRow): KeptReading {
  return {
    tenant: row.tenant,
    customer: row.customer,
    offset: BigInt(row.log_offset),
    index: row.event_index,
    price: row.price,
    part: row.part,
    usageFrom: Number(row.usage_from),
    occurredAt: Number(row.occurred_at),
    quantity: BigInt(row.quantity),
  };
}
