import type pg from 'pg';
import { BENCH_PRICES, CREATOR_BPS, CREATOR_POINTER, CURRENCY } from './tariff.js';

/** Charges of one tenant in the tables of rating, and when their events occurred: microseconds, half-open. */
export interface FilledCharges {
  readonly tenantNumber: number;
  readonly charges: number;
  readonly from: number;
  readonly to: number;
}

const CUSTOMERS = 2_000;
const BYTES = 25_000;
/** Between the events of a load. */
const STEP_MICROS = 1_000;
const MONTH = 202_608;
const MONTH_STARTS = Date.UTC(2026, 7) * 1_000;

/** Both prices of the load, dearer: every charge of traffic is another amount, and two of three of articles. */
export const newPrices: readonly object[] = BENCH_PRICES.map(({ key }) => ({
  key,
  meter: key,
  currency: CURRENCY,
  effectiveFrom: '2020-02-01T00:00:00Z',
  description: key,
  model:
    key === 'traffic'
      ? { kind: 'per_unit', unitPrice: '0.00000002' }
      : {
          kind: 'graduated',
          tiers: [
            { upTo: '20', unitPrice: '0.003' },
            { upTo: '100', unitPrice: '0.0015' },
            { unitPrice: '0.0012' },
          ],
        },
  split: [{ creator: { property: CREATOR_POINTER }, shareBps: CREATOR_BPS }],
}));

/**
 * Stores what rating would have made of events of 2,000 customers in turn, an article of 25,000 bytes each: two charges
 * an event, by the prices of the load.
 */
export async function fillCharges(
  client: pg.Client,
  { tenant, charges }: { readonly tenant: string; readonly charges: number },
): Promise<FilledCharges> {
  const events = Math.floor(charges / 2);
  await client.query(`set search_path = rating`);
  await client.query(`select ensure_charges_month(${MONTH})`);
  const tenantNumber = await numberOf(
    client,
    `insert into charge_tenants (tenant) values ($1::text) returning number`,
    [tenant],
  );
  const firstCustomer = await numberOf(
    client,
    `with made as (
       insert into charge_customers (tenant, customer)
       select $1::text, 'customer-' || at from generate_series(1, ${CUSTOMERS}) as at returning number)
     select min(number) as number from made`,
    [tenant],
  );
  const source = await numberOf(
    client,
    `insert into charge_sources (tenant, source, type) values ($1::text, 'bench', 'article.read') returning number`,
    [tenant],
  );
  const prices = [];
  for (const { key } of BENCH_PRICES) {
    const sql = `insert into charge_prices (tenant, price, version, meter, currency)
      values ($1::text, $2::text, 1, $2::text, $3::text) returning number`;
    prices.push(await numberOf(client, sql, [tenant, key, CURRENCY]));
  }
  // A customer's charges are in one partition of eight, in order; `seen` counts the customer's earlier events.
  await client.query(
    `insert into charge_rows (log_offset, event_index, n, occurred_at, usage_from, booking_from, usage_month,
       tenant_number, customer_number, price_number, source_number, generation, partition, kind, amount,
       quantity_before, quantity_after, event_id, creators, body_hash)
     select event / 500, event % 500, n, ${MONTH_STARTS} + event::bigint * ${STEP_MICROS}, ${MONTH_STARTS},
            ${MONTH_STARTS}, ${MONTH}, ${tenantNumber}, ${firstCustomer} + event % ${CUSTOMERS},
            case n when 0 then ${prices[0]} else ${prices[1]} end, ${source}, 1, event % 8, 1,
            case when n = 1 then ${BYTES * 10} when seen < 20 then 2000000 when seen < 100 then 1500000 else 1000000 end,
            case n when 0 then seen else seen * ${BYTES}::numeric end,
            case n when 0 then seen + 1 else (seen + 1) * ${BYTES}::numeric end,
            'event-' || event, 'creator-' || event % 200, sha256('')
       from generate_series(0, ${events - 1}) as event, generate_series(0, 1) as n,
            lateral (select event / ${CUSTOMERS} as seen) as earlier
      order by event % 8, event, n`,
  );
  await client.query(`vacuum analyze charge_rows_${MONTH}`);
  const to = MONTH_STARTS + events * STEP_MICROS;
  return { tenantNumber, charges: events * 2, from: MONTH_STARTS, to };
}

/** The first part of them. */
export function chargesToReRate(filled: FilledCharges, share: number): FilledCharges {
  const events = Math.floor((filled.charges / 2) * share);
  return { ...filled, charges: events * 2, to: filled.from + events * STEP_MICROS };
}

async function numberOf(client: pg.Client, sql: string, values: unknown[]): Promise<number> {
  const { rows } = await client.query<{ number: number }>(sql, values);
  return rows[0]!.number;
}
