import type { Transaction } from '@farthing/adapters/postgres/transaction';
import type { Micros } from '@farthing/domain/period/micros';
import type { ChargeRow } from '../charges/charge-row.js';
import { usageMonthOf } from '../rate-batch/usage-month.js';
import type { Reach } from '../replay/log-reach.js';
import { readByCursor } from '../replay/read-by-cursor.js';

/** bigint and numeric come as text; quantities are in units of 10^-9. */
export interface ChargeOfEvent extends Pick<
  ChargeRow,
  | 'generation'
  | 'partition'
  | 'log_offset'
  | 'event_index'
  | 'n'
  | 'tenant'
  | 'customer'
  | 'source'
  | 'event_id'
  | 'price'
  | 'price_version'
  | 'cell'
  | 'currency'
  | 'corrects'
  | 'usage_from'
  | 'quantity_before'
  | 'quantity_after'
  | 'amount'
  | 'creators'
> {
  readonly what: 'usage' | 'adjustment';
  readonly quoted: boolean;
  /** Of an adjustment: whether it gives the charge back. */
  readonly refunds: boolean;
  /** Or whether it is of a void or a correction of the event; an adjustment of a re-rating is neither. */
  readonly takes_back: boolean;
}

/** What else became of an event. */
export interface EventCode {
  readonly what: 'not_metered' | 'rejected';
  readonly tenant: string;
  readonly source: string;
  readonly event_id: string;
  readonly partition: number;
  readonly log_offset: string;
  readonly event_index: number;
  readonly code: string;
}

export interface ChargesToCompare {
  /** Of `occurredAt`, half-open. */
  readonly from: Micros;
  readonly to: Micros;
  readonly tenant: string | undefined;
  readonly customer: string | undefined;
  readonly reaches: readonly Reach[];
}

const AT_ONCE = 2_000;

/** Of charges of use and adjustments: what of the view `charges` is compared, up to where rating is. */
const CHARGES = `
  select case c.kind when 1 then 'usage' else 'adjustment' end as what, null as code,
         c.tenant, c.source, c.event_id, c.generation, c.partition, c.log_offset, c.event_index, c.n,
         c.customer, c.price, c.price_version, c.cell, c.currency, c.corrects, c.usage_from,
         trunc(c.quantity_before * 1000000000) as quantity_before,
         trunc(c.quantity_after * 1000000000) as quantity_after,
         c.amount, c.quote_difference is not null as quoted, c.creators,
         r.command_id is not null and r.event_key is null as refunds,
         r.event_key is not null as takes_back
    from rating.charges as c
    left join rating.corrections as r
      on c.kind = 2 and r.tenant = c.tenant and r.generation = c.generation
         and r.partition = c.partition and r.log_offset = c.log_offset
    join unnest($7::integer[], $8::bigint[], $9::integer[]) as reach (partition, next_offset, next_index)
      on reach.partition = c.partition
   where c.usage_month between $1::integer and $2::integer
     and c.occurred_at >= $3::bigint and c.occurred_at < $4::bigint
     and ($5::text is null or c.tenant = $5::text)
     and ($6::text is null or c.customer = $6::text)
     and (c.log_offset, c.event_index) < (reach.next_offset, reach.next_index)`;

/** By event, in the order of bytes; of an event the charges of use come first, each in the order of the log. */
const IN_ORDER = `
  order by tenant collate "C", source collate "C", event_id collate "C", what desc, partition, log_offset, event_index, n`;

/** What is stored: charges of use, and all that was made to correct them. Opens one cursor, until the transaction ends. */
export function storedCharges(
  tx: Transaction,
  charges: ChargesToCompare,
): AsyncGenerator<ChargeOfEvent> {
  const sql = `select * from (${CHARGES} and c.kind in (1, 2)) as compared ${IN_ORDER}`;
  return fetched<ChargeOfEvent>(tx, sql, charges);
}

/**
 * What the log comes to in the scratch database: charges of use, with what was not metered and what is rejected. What
 * corrects a charge there is of no use: it names charges by places among those that were stored.
 */
export function freshCharges(
  tx: Transaction,
  charges: ChargesToCompare,
): AsyncGenerator<ChargeOfEvent | EventCode> {
  const sql = `
    select * from (
      ${CHARGES} and c.kind = 1
      union all
      select what, code, tenant, source, event_id, null, partition, log_offset, event_index, null,
             null, null, null, null, null, null, null, null, null, null, null, null, null, null
        from (
          select 'not_metered' as what, code, tenant, source, event_id, partition, log_offset, event_index
            from re_metering.not_metered
          union all
          select 'rejected', code, tenant, source, event_id, partition, log_offset, event_index
            from rating.rejected_events
        ) as coded
       where ($5::text is null or tenant = $5::text)
    ) as compared ${IN_ORDER}`;
  return fetched<ChargeOfEvent | EventCode>(tx, sql, charges);
}

function fetched<Row extends object>(
  tx: Transaction,
  sql: string,
  { from, to, tenant, customer, reaches }: ChargesToCompare,
): AsyncGenerator<Row> {
  return readByCursor<Row>(tx, {
    name: 'compared',
    sql,
    parameters: [
      usageMonthOf(from),
      usageMonthOf(to),
      from,
      to,
      tenant ?? null,
      customer ?? null,
      reaches.map(({ partition }) => partition),
      reaches.map(({ nextOffset }) => String(nextOffset)),
      reaches.map(({ nextIndex }) => nextIndex),
    ],
    atOnce: AT_ONCE,
  });
}
