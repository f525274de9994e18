import type { Transaction } from '@farthing/adapters/postgres/transaction';
import type { BillingInterval, BillingSchedule } from '@farthing/domain/period/billing-period';
import type { Funding } from '@farthing/domain/wallet/pay-charge';

/** What wallets needs of a customer, as the log last stated it. */
export interface CustomerFacts {
  readonly tenant: string;
  readonly customer: string;
  readonly version: bigint;
  readonly funding: Funding;
  readonly currency: string;
  readonly closed: boolean;
  /** '' for none. */
  readonly plan: string;
  /** Price keys in place of the plan's. */
  readonly priceOverrides: readonly string[];
  readonly schedule: BillingSchedule;
}

interface FactsRow extends Omit<CustomerFacts, 'version' | 'schedule' | 'priceOverrides'> {
  readonly version: string;
  readonly time_zone: string;
  readonly anchor_at_micros: string;
  readonly interval: BillingInterval;
  readonly price_overrides: readonly string[];
}

/** A key for maps in memory; no id holds NUL. */
export function customerKey(tenant: string, customer: string): string {
  return `${tenant}\u0000${customer}`;
}

export async function findCustomers(
  tx: Transaction,
  wanted: readonly { readonly tenant: string; readonly customer: string }[],
): Promise<CustomerFacts[]> {
  const rows = await tx.query<FactsRow>(
    `select c.tenant, c.customer, c.version, c.funding, c.currency, c.closed, c.plan, c.time_zone,
            c.anchor_at_micros, c.interval, c.price_overrides
       from unnest($1::text[], $2::text[]) as w(tenant, customer)
       join customers c using (tenant, customer)`,
    [wanted.map((w) => w.tenant), wanted.map((w) => w.customer)],
  );
  return rows.map(factsFromRow);
}

function factsFromRow(row: FactsRow): CustomerFacts {
  const { version, time_zone: timeZone, anchor_at_micros: anchorAt, interval, ...others } = row;
  const { price_overrides: priceOverrides, ...facts } = others;
  const schedule = { timeZone, anchorAt: Number(anchorAt), interval };
  return { ...facts, priceOverrides, version: BigInt(version), schedule };
}

/** One row a customer. A version that is not above the stored one changes nothing. */
export async function saveCustomers(
  tx: Transaction,
  customers: readonly CustomerFacts[],
): Promise<void> {
  await tx.execute(
    `insert into customers as c (tenant, customer, version, funding, currency, closed, plan, time_zone,
                                 anchor_at_micros, interval, price_overrides)
     select tenant, customer, version, funding, currency, closed, plan, time_zone, anchor_at_micros, interval,
            string_to_array(price_overrides, ' ')
       from unnest($1::text[], $2::text[], $3::bigint[], $4::text[], $5::text[], $6::boolean[],
                          $7::text[], $8::text[], $9::bigint[], $10::text[], $11::text[])
         as changed (tenant, customer, version, funding, currency, closed, plan, time_zone, anchor_at_micros,
                     interval, price_overrides)
         on conflict (tenant, customer) do update
        set version = excluded.version, funding = excluded.funding, currency = excluded.currency,
            closed = excluded.closed, plan = excluded.plan, time_zone = excluded.time_zone,
            anchor_at_micros = excluded.anchor_at_micros, interval = excluded.interval,
            price_overrides = excluded.price_overrides
      where excluded.version > c.version`,
    [
      customers.map((c) => c.tenant),
      customers.map((c) => c.customer),
      customers.map((c) => c.version),
      customers.map((c) => c.funding),
      customers.map((c) => c.currency),
      customers.map((c) => c.closed),
      customers.map((c) => c.plan),
      customers.map((c) => c.schedule.timeZone),
      customers.map((c) => c.schedule.anchorAt),
      customers.map((c) => c.schedule.interval),
      // No key has a space, and arrays of one length alone could go side by side.
      customers.map((c) => c.priceOverrides.join(' ')),
    ],
  );
}
