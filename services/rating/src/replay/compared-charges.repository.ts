import type { Transaction } from '@farthing/adapters/postgres/transaction';
import type { Micros } from '@farthing/domain/period/micros';
import { chargeId, type ChargeOrigin } from '@farthing/domain/rating/charge-id';
import type { Reach } from './log-reach.js';
import { readByCursor } from './read-by-cursor.js';

/** Every column of the view `charges` as text, but for the numbers of names: they say only in which order names came. */
export interface ComparedCharge {
  readonly origin: ChargeOrigin;
  readonly id: string;
  readonly columns: Readonly<Record<string, string | null>>;
}

export interface ComparedCharges {
  /** Of `occurredAt`, half-open. */
  readonly from: Micros;
  readonly to: Micros;
  readonly tenant: string | undefined;
  readonly reaches: readonly Reach[];
}

const COLUMNS = [
  'tenant',
  'customer',
  'kind',
  'corrects',
  'source',
  'event_id',
  'type',
  'occurred_at',
  'meter',
  'price',
  'price_version',
  'cell',
  'currency',
  'usage_month',
  'usage_from',
  'usage_to',
  'booking_from',
  'booking_to',
  'quantity_before',
  'quantity_after',
  'events_before',
  'amount_before',
  'amount',
  'quote_difference',
  'creators',
  'body_hash',
];
const AT_ONCE = 2_000;

interface Row {
  readonly generation: number;
  readonly partition: number;
  readonly log_offset: string;
  readonly event_index: number;
  readonly n: number;
}

/** In the order of their positions, some thousand in memory at a time. Opens one cursor, until the transaction ends. */
export async function* chargesInOrder(
  tx: Transaction,
  { from, to, tenant, reaches }: ComparedCharges,
): AsyncGenerator<ComparedCharge> {
  const rows = readByCursor<Row>(tx, {
    name: 'compared',
    sql: `
     select c.generation, c.partition, c.log_offset, c.event_index, c.n,
            ${COLUMNS.map((column) => `c.${column}::text as "text_${column}"`).join(', ')}
       from rating.charges c
       join unnest($4::integer[], $5::bigint[], $6::integer[]) as reach (partition, next_offset, next_index)
         on reach.partition = c.partition
      where c.occurred_at >= $1::bigint and c.occurred_at < $2::bigint
        and ($3::text is null or c.tenant = $3::text)
        and (c.log_offset, c.event_index) < (reach.next_offset, reach.next_index)
      order by c.generation, c.partition, c.log_offset, c.event_index, c.n`,
    parameters: [
      from,
      to,
      tenant ?? null,
      reaches.map(({ partition }) => partition),
      reaches.map(({ nextOffset }) => String(nextOffset)),
      reaches.map(({ nextIndex }) => nextIndex),
    ],
    atOnce: AT_ONCE,
  });
  for await (const row of rows) yield comparedFromRow(row);
}

function comparedFromRow(row: Row): ComparedCharge {
  const { generation, partition, log_offset, event_index, n } = row;
  const origin = { generation, partition, offset: BigInt(log_offset), index: event_index, n };
  const texts = row as unknown as Record<string, string | null>;
  const columns = Object.fromEntries(COLUMNS.map((name) => [name, texts[`text_${name}`]!]));
  return { origin, id: chargeId(origin), columns };
}
