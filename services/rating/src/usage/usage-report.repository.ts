import type { Transaction } from '@farthing/adapters/postgres/transaction';

export const USAGE_DIMENSIONS = ['customer', 'meter', 'day', 'price'] as const;
export type UsageDimension = (typeof USAGE_DIMENSIONS)[number];

export interface UsageQuery {
  readonly tenant: string;
  /** With the partition that all of the customer's charges are in. */
  readonly customer: { readonly id: string; readonly partition: number } | undefined;
  readonly meter: string | undefined;
  /** On `occurredAt`, half-open. */
  readonly from: number;
  readonly to: number;
}

export type UsageRow = { readonly [dimension in UsageDimension]?: string } & {
  readonly currency: string;
  /** In units of 10^-9. */
  readonly quantity: string;
  readonly amount: string;
  readonly charges: string;
  /** Of what was used without a price. */
  readonly readings: string;
};

const DAY_MICROS = 86_400_000_000;
const PRICED: Readonly<Record<UsageDimension, string>> = {
  customer: 'customer',
  meter: 'meter',
  day: `to_char(to_timestamp(occurred_at / 1000000) at time zone 'UTC', 'YYYY-MM-DD')`,
  price: 'price',
};
const UNPRICED: Readonly<Record<UsageDimension, string>> = {
  customer: 'customer',
  meter: 'meter',
  day: `to_char(date '1970-01-01' + day, 'YYYY-MM-DD')`,
  price: `''`,
};

/** Tenant, partition and customer as the rows hold them: the key finds a tenant's, and of those a customer's partition. */
const CHARGED = `
  tenant_number = (select number from charge_tenants where tenant = $1::text)
  and ($6::text is null
       or customer_number = (select number from charge_customers where tenant = $1::text and customer = $6::text))
  and ($8::smallint is null or partition = $8::smallint) and occurred_at >= $2::bigint and occurred_at < $3::bigint
  and usage_month >= $4::integer and usage_month <= $5::integer and ($7::text is null or meter = $7::text)`;

/** Quantity and amount by these dimensions and the currency, in byte order; '' for what was used without a price. */
export async function selectUsage(
  tx: Transaction,
  query: UsageQuery,
  page: {
    readonly groupBy: readonly UsageDimension[];
    readonly after: readonly string[] | undefined;
    readonly rows: number;
  },
): Promise<UsageRow[]> {
  const { groupBy } = page;
  const priced = groupBy.map((name) => `${PRICED[name]} as ${name}`);
  const unpriced = groupBy.map((name) => `${UNPRICED[name]} as ${name}`);
  const keys = [...groupBy, 'currency'].map((name) => `${name} collate "C"`);
  const after = page.after ? `where (${keys.join(', ')}) > (${afterList(keys.length)})` : '';
  return tx.query<UsageRow>(
    `select * from (
       select ${[...groupBy, 'currency'].join(', ')}, trunc(sum(quantity) * 1000000000) as quantity,
              sum(amount) as amount, sum(charges) as charges,
              sum(readings) as readings
         from (
           select ${[...priced, 'currency'].join(', ')}, quantity_after - quantity_before as quantity, amount, 1 as charges,
                  0 as readings
             from charges
            where ${CHARGED}
           union all
           select ${[...unpriced, `'' as currency`].join(', ')}, quantity, 0 as amount, 0 as charges, readings
             from unpriced_usage
            where tenant = $1::text and day >= $9::integer and day < $10::integer
              and ($6::text is null or customer = $6::text) and ($7::text is null or meter = $7::text)
         ) as used
        group by ${[...groupBy, 'currency'].join(', ')}
     ) as grouped
     ${after}
     order by ${keys.join(', ')}
     limit $11::integer`,
    [...parametersOf(query), page.rows, ...(page.after ?? [])],
  );
}

export interface SplitUsageRow {
  readonly currency: string;
  readonly price: string;
  readonly price_version: number;
  readonly creators: string;
  readonly amount: string;
  readonly charges: string;
}

/** Shared charges, those together that are shared alike: from these the creators' parts are worked out exactly. */
export async function selectSharedCharges(
  tx: Transaction,
  query: UsageQuery,
): Promise<SplitUsageRow[]> {
  return tx.query<SplitUsageRow>(
    `select currency, price, price_version, creators, amount, count(*) as charges
       from charges
      where ${CHARGED} and creators is not null
      group by currency, price, price_version, creators, amount`,
    parametersOf(query).slice(0, 8),
  );
}

function parametersOf({ tenant, customer, meter, from, to }: UsageQuery): unknown[] {
  return [
    tenant,
    from,
    to,
    monthOf(from),
    monthOf(to),
    customer?.id ?? null,
    meter ?? null,
    customer?.partition ?? null,
    Math.floor(from / DAY_MICROS),
    Math.ceil(to / DAY_MICROS),
  ];
}

function monthOf(micros: number): number {
  const date = new Date(Math.floor(micros / 1_000));
  return date.getUTCFullYear() * 100 + date.getUTCMonth() + 1;
}

function afterList(columns: number): string {
  return Array.from({ length: columns }, (_, at) => `$${12 + at}::text`).join(', ');
}
