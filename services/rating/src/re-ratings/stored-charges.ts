import { BinaryCopyReader } from '@farthing/adapters/postgres/binary-copy-reader';
import { usageMonthOf } from '../rate-batch/usage-month.js';
import type { Reached, ReRating } from './re-rating.js';

/** Which charges are read. All of it is numbers: a COPY takes no parameters. */
export interface ChargesToRead extends Pick<ReRating, 'selectedBy' | 'from' | 'to'> {
  readonly tenantNumber: number;
  readonly customerNumber: number | undefined;
  /** A number of `charge_prices`, and which accumulator of its customer and period it belongs to. */
  readonly prices: ReadonlyArray<{ readonly number: number; readonly accumulator: number }>;
  readonly after: Reached | null;
  /** Whether a charge of the tenant was ever corrected; to look for it at each charge would cost a third more. */
  readonly adjusted: boolean;
}

const USAGE = 1;
const ADJUSTMENT = 2;

/** The columns, in order; `target_` is the place of the charge, or of the charge that an adjustment corrects. */
const COLUMNS = [
  'customer_number',
  'usage_from',
  'accumulator',
  'generation',
  'target_offset',
  'target_index',
  'target_n',
  'partition',
  'kind',
  'price_number',
  'occurred_at',
  'amount',
  'quoted',
  'quantity_before',
  'quantity_after',
  'creators',
  'refunds',
] as const;

const ORDER = COLUMNS.slice(0, 7).join(', ');

/**
 * Charges of use with the adjustments that were made to them, by (customer, usage period, accumulator, position): those
 * of a charge come right after it. One scan and one sort, which PostgreSQL does on disk when it must.
 */
export function storedChargesSql(read: ChargesToRead): string {
  const { selectedBy, from, to, after } = read;
  const column = selectedBy === 'occurredAt' ? 'occurred_at' : 'usage_from';
  const prices = read.prices.map(({ number, accumulator }) => `(${number}, ${accumulator})`);
  const conditions = [
    `tenant_number = ${read.tenantNumber}`,
    `kind in (${USAGE}, ${ADJUSTMENT})`,
    `${column} >= ${from} and ${column} < ${to}`,
    // Nothing occurs before its usage period begins.
    `usage_month >= ${usageMonthOf(from)}`,
    ...(selectedBy === 'occurredAt' ? [`usage_month <= ${usageMonthOf(to)}`] : []),
    ...(read.customerNumber === undefined ? [] : [`customer_number = ${read.customerNumber}`]),
    ...(after ? [`(${ORDER}) > (${placeOf(after).join(', ')})`] : []),
  ];
  return `copy (
    select ${COLUMNS.join(', ')}
      from (
        select *, quote_difference is not null as quoted, ${read.adjusted ? targetOfAdjusted(read) : TARGET}
          from charge_rows
          join (values ${prices.join(', ')}) as priced (number, accumulator) on priced.number = price_number
      ) as charge
     where ${conditions.join(' and ')}
     order by ${ORDER}, kind, log_offset, event_index, n
  ) to stdout (format binary)`;
}

const TARGET = `log_offset as target_offset, event_index as target_index, n as target_n, false as refunds`;

function targetOfAdjusted({ tenantNumber }: ChargesToRead): string {
  return `
    case when corrects is null then log_offset else split_part(corrects, '-', 3)::bigint end as target_offset,
    case when corrects is null then event_index else split_part(corrects, '-', 4)::integer end as target_index,
    case when corrects is null then n else split_part(corrects, '-', 5)::smallint end as target_n,
    case when corrects is null then false
         else exists (
           select from corrections
            where tenant = (select tenant from charge_tenants where number = ${tenantNumber})
              and command_id = 'refund:' || corrects and log_offset = charge_rows.log_offset)
    end as refunds`;
}

/** The rows of `storedChargesSql`, one at a time; each name answers for the present one. */
export class StoredChargeRows {
  readonly #reader = new BinaryCopyReader(COLUMNS.length);

  push(chunk: Buffer): void {
    this.#reader.push(chunk);
  }

  next(): boolean {
    return this.#reader.next();
  }

  get customer(): number {
    return this.#reader.int4(0);
  }

  get usageFrom(): number {
    return this.#reader.safeInt8(1);
  }

  get accumulator(): number {
    return this.#reader.int4(2);
  }

  get generation(): number {
    return this.#reader.int2(3);
  }

  get offset(): number {
    return this.#reader.safeInt8(4);
  }

  get index(): number {
    return this.#reader.int4(5);
  }

  get n(): number {
    return this.#reader.int2(6);
  }

  get partition(): number {
    return this.#reader.int2(7);
  }

  get isAdjustment(): boolean {
    return this.#reader.int2(8) === ADJUSTMENT;
  }

  get price(): number {
    return this.#reader.int4(9);
  }

  get occurredAt(): number {
    return this.#reader.safeInt8(10);
  }

  get amount(): bigint {
    return this.#reader.int8(11);
  }

  get isQuoted(): boolean {
    return this.#reader.bool(12);
  }

  get quantityBefore(): bigint {
    return this.#reader.nanos(13);
  }

  get quantityAfter(): bigint {
    return this.#reader.nanos(14);
  }

  get creators(): string | null {
    return this.#reader.isNull(15) ? null : this.#reader.ascii(15);
  }

  /** Of an adjustment: whether it gives the charge back. */
  get refunds(): boolean {
    return this.#reader.bool(16);
  }
}

function placeOf(reached: Reached): (number | string)[] {
  const { customer, usageFrom, accumulator, generation, offset, index, n } = reached;
  return [customer, usageFrom, accumulator, generation, offset, index, n];
}
