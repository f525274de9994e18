import type { Transaction } from '@farthing/adapters/postgres/transaction';
import type { BillingInterval } from '@farthing/domain/period/billing-period';
import type { FundingKind } from '@farthing/contracts/catalog/catalog-things';
import type { Customer, CustomerName } from './customer.js';

interface CustomerRow {
  readonly tenant: string;
  readonly id: string;
  readonly version: string;
  readonly plan: string;
  readonly currency: string;
  readonly time_zone: string;
  readonly anchor_at_micros: string;
  readonly interval: BillingInterval;
  readonly funding: FundingKind;
  readonly closed: boolean;
  readonly price_overrides: readonly string[];
  readonly outbox_number: string | null;
}

const COLUMNS = `tenant, id, version, plan, currency, time_zone, anchor_at_micros, interval, funding, closed,
       outbox_number, price_overrides`;

/** Commands on one customer take turns, also on one that has no row yet. */
export async function lockCustomer(tx: Transaction, { tenant, id }: CustomerName): Promise<void> {
  await tx.query(`select pg_advisory_xact_lock(hashtextextended($1::text || ' ' || $2::text, 0))`, [
    tenant,
    id,
  ]);
}

export async function findCustomer(
  tx: Transaction,
  { tenant, id }: CustomerName,
): Promise<Customer | undefined> {
  const [row] = await tx.query<CustomerRow>(
    `select ${COLUMNS} from customers where tenant = $1::text and id = $2::text`,
    [tenant, id],
  );
  return row && customerFromRow(row);
}

/** In byte order of ids. */
export async function listCustomers(
  tx: Transaction,
  tenant: string,
  page: { readonly after: string; readonly count: number },
): Promise<Customer[]> {
  const rows = await tx.query<CustomerRow>(
    `select ${COLUMNS} from customers
      where tenant = $1::text and id > $2::text order by id limit $3::integer`,
    [tenant, page.after, page.count],
  );
  return rows.map(customerFromRow);
}

export async function findKnownIds(
  tx: Transaction,
  tenant: string,
  ids: readonly string[],
): Promise<Set<string>> {
  const rows = await tx.query<{ id: string }>(
    'select id from customers where tenant = $1::text and id = any($2::text[])',
    [tenant, ids],
  );
  return new Set(rows.map(({ id }) => id));
}

export async function saveCustomer(tx: Transaction, customer: Customer): Promise<void> {
  await tx.execute(
    `insert into customers (${COLUMNS})
     values ($1::text, $2::text, $3::bigint, $4::text, $5::text, $6::text, $7::bigint, $8::text, $9::text,
             $10::boolean, $11::bigint, $12::text[])
     on conflict (tenant, id) do update set
       version = excluded.version, plan = excluded.plan, currency = excluded.currency,
       time_zone = excluded.time_zone, anchor_at_micros = excluded.anchor_at_micros,
       interval = excluded.interval, funding = excluded.funding, closed = excluded.closed,
       outbox_number = excluded.outbox_number, price_overrides = excluded.price_overrides`,
    customerToRow(customer),
  );
}

/** Those that are not known yet; answers how many. Sorted, so that two partitions never wait for each other. */
export async function insertUnknownCustomers(
  tx: Transaction,
  customers: readonly Omit<Customer, 'outboxNumber'>[],
): Promise<number> {
  const column = <T>(pick: (customer: Omit<Customer, 'outboxNumber'>) => T) => customers.map(pick);
  return tx.execute(
    `insert into customers (${COLUMNS})
     select tenant, id, version, plan, currency, time_zone, anchor_at_micros, interval, funding, closed, null,
            string_to_array(price_overrides, ' ')
       from unnest($1::text[], $2::text[], $3::bigint[], $4::text[], $5::text[], $6::text[], $7::bigint[],
                   $8::text[], $9::text[], $10::boolean[], $11::text[])
         as made (tenant, id, version, plan, currency, time_zone, anchor_at_micros, interval, funding, closed,
                  price_overrides)
      order by tenant, id
     on conflict (tenant, id) do nothing`,
    [
      column(({ tenant }) => tenant),
      column(({ id }) => id),
      column(({ version }) => version),
      column(({ facts }) => facts.plan),
      column(({ facts }) => facts.currency),
      column(({ facts }) => facts.timeZone),
      column(({ facts }) => facts.anchorAt),
      column(({ facts }) => facts.interval),
      column(({ facts }) => facts.funding),
      column(({ facts }) => facts.closed),
      // No key has a space, and arrays of one length alone could go side by side.
      column(({ facts }) => facts.priceOverrides.join(' ')),
    ],
  );
}

function customerToRow({ tenant, id, version, facts, outboxNumber }: Customer): unknown[] {
  return [
    tenant,
    id,
    version,
    facts.plan,
    facts.currency,
    facts.timeZone,
    facts.anchorAt,
    facts.interval,
    facts.funding,
    facts.closed,
    outboxNumber ?? null,
    facts.priceOverrides,
  ];
}

function customerFromRow(row: CustomerRow): Customer {
  return {
    tenant: row.tenant,
    id: row.id,
    version: Number(row.version),
    facts: {
      plan: row.plan,
      currency: row.currency,
      timeZone: row.time_zone,
      anchorAt: Number(row.anchor_at_micros),
      interval: row.interval,
      funding: row.funding,
      closed: row.closed,
      priceOverrides: row.price_overrides,
    },
    outboxNumber: row.outbox_number === null ? undefined : BigInt(row.outbox_number),
  };
}
