import { numberArray, textArray } from '@farthing/adapters/postgres/array-text';
import type { Transaction } from '@farthing/adapters/postgres/transaction';
import type { FundingKind } from '@farthing/contracts/catalog/catalog-things';
import { canonicalQuantity } from '@farthing/domain/metering/quantity';
import type { BillingInterval } from '@farthing/domain/period/billing-period';
import type { Accumulator } from '@farthing/domain/rating/accumulator';
import type { CustomerFacts } from './customer-facts.js';
import type { AccumulatorSlot, Customer, OpenedPeriod, StoredAccumulator } from './customer.js';

/** A customer by name. */
export interface CustomerName {
  readonly tenant: string;
  readonly customer: string;
}

export interface PeriodOfCustomer {
  readonly customer: Customer;
  readonly period: OpenedPeriod;
}

interface FactsRow {
  readonly tenant: string;
  readonly customer: string;
  readonly version: string;
  readonly plan: string;
  readonly currency: string;
  readonly time_zone: string;
  readonly anchor_at: string;
  readonly interval: string;
  readonly funding: string;
  readonly closed: boolean;
  readonly price_overrides: readonly string[];
  readonly known_since: string;
}

interface PeriodRow {
  readonly tenant: string;
  readonly customer: string;
  readonly period_from: string;
  readonly period_to: string;
}

interface AccumulatorRow {
  readonly at: number;
  readonly price: string;
  readonly cell: string;
  readonly number: string;
  readonly quantity: string;
  readonly amount: string;
  readonly latest_at: string | null;
  readonly latest_event: string | null;
  readonly events: string;
}

/** Version of the time zone data that bounds are computed with; stored with each opened period. */
const TZ_VERSION = process.versions.tz ?? 'none';

export async function selectFacts(
  tx: Transaction,
  names: readonly CustomerName[],
): Promise<Array<CustomerName & { readonly facts: CustomerFacts }>> {
  const rows = await tx.query<FactsRow>(
    `select c.tenant, c.customer, version, plan, currency, time_zone, anchor_at, "interval", funding, closed,
            price_overrides, known_since
       from unnest($1::text[], $2::text[]) as wanted (tenant, customer)
       join customers c using (tenant, customer)`,
    namesToColumns(names),
  );
  return rows.map((row) => ({
    tenant: row.tenant,
    customer: row.customer,
    facts: factsFromRow(row),
  }));
}

/** The opened periods of customers that end after an instant. */
export async function selectPeriods(
  tx: Transaction,
  names: readonly CustomerName[],
  endAfter: number,
): Promise<Array<CustomerName & { readonly from: number; readonly to: number }>> {
  const rows = await tx.query<PeriodRow>(
    `select p.tenant, p.customer, period_from, period_to
       from unnest($1::text[], $2::text[]) as wanted (tenant, customer)
       join billing_periods p using (tenant, customer)
      where period_to > $3::bigint
      order by period_from`,
    [...namesToColumns(names), endAfter],
  );
  return rows.map((row) => ({
    tenant: row.tenant,
    customer: row.customer,
    from: Number(row.period_from),
    to: Number(row.period_to),
  }));
}

/** Loads everything that was accumulated in these periods. */
export async function loadAccumulators(
  tx: Transaction,
  wanted: readonly PeriodOfCustomer[],
): Promise<void> {
  const rows = await tx.query<AccumulatorRow>(
    `select at::integer, price, cell, number, quantity * 1000000000 as quantity, amount, events, latest_at,
            latest_event
       from unnest($1::text[], $2::text[], $3::bigint[])
            with ordinality as wanted (tenant, customer, usage_from, at)
       join accumulators a using (tenant, customer, usage_from)`,
    periodsToColumns(wanted),
  );
  const found = new Map<number, StoredAccumulator[]>();
  for (const row of rows) {
    const { at, price, cell, number } = row;
    const list = found.get(at - 1) ?? [];
    list.push({ price, cell, number: Number(number), accumulator: accumulatorFromRow(row) });
    found.set(at - 1, list);
  }
  wanted.forEach(({ customer, period }, at) => customer.load(period, found.get(at) ?? []));
}

export async function upsertFacts(
  tx: Transaction,
  customers: readonly Customer[],
  partition: number,
): Promise<void> {
  const facts = customers.map((customer) => customer.facts!);
  await tx.execute(
    `insert into customers (tenant, customer, version, plan, currency, time_zone, anchor_at, "interval", funding,
                            closed, known_since, price_overrides, partition)
     select tenant, customer, version, plan, currency, time_zone, anchor_at, "interval", funding, closed,
            known_since, string_to_array(price_overrides, ' '), $13::smallint
       from unnest($1::text[], $2::text[], $3::bigint[], $4::text[], $5::text[], $6::text[], $7::bigint[],
                   $8::text[], $9::text[], $10::boolean[], $11::bigint[], $12::text[])
         as changed (tenant, customer, version, plan, currency, time_zone, anchor_at, "interval", funding,
                     closed, known_since, price_overrides)
     on conflict (tenant, customer) do update
        set version = excluded.version, plan = excluded.plan, currency = excluded.currency,
            time_zone = excluded.time_zone, anchor_at = excluded.anchor_at, "interval" = excluded."interval",
            funding = excluded.funding, closed = excluded.closed,
            price_overrides = excluded.price_overrides, partition = excluded.partition`,
    [
      customers.map(({ tenant }) => tenant),
      customers.map(({ id }) => id),
      facts.map(({ version }) => version),
      facts.map(({ plan }) => plan),
      facts.map(({ currency }) => currency),
      facts.map(({ schedule }) => schedule.timeZone),
      facts.map(({ schedule }) => schedule.anchorAt),
      facts.map(({ schedule }) => schedule.interval),
      facts.map(({ funding }) => funding),
      facts.map(({ closed }) => closed),
      facts.map(({ knownSince }) => knownSince),
      // No key has a space, and arrays of one length alone could go side by side.
      facts.map(({ priceOverrides }) => priceOverrides.join(' ')),
      partition,
    ],
  );
}

export async function insertPeriods(
  tx: Transaction,
  opened: readonly PeriodOfCustomer[],
): Promise<void> {
  await tx.execute(
    `insert into billing_periods (tenant, customer, period_from, period_to, tz_version)
     select tenant, customer, period_from, period_to, $5::text
       from unnest($1::text[], $2::text[], $3::bigint[], $4::bigint[])
            as opened (tenant, customer, period_from, period_to)`,
    [...periodsToColumns(opened), opened.map(({ period }) => period.to), TZ_VERSION],
  );
}

/** Those that were never stored; gives each its number. */
export async function insertAccumulators(
  tx: Transaction,
  slots: readonly AccumulatorSlot[],
): Promise<void> {
  const numbers = await takeAccumulatorNumbers(tx, slots.length);
  slots.forEach((slot, at) => (slot.number = numbers[at]!));
  await tx.execute(
    `insert into accumulators (tenant, customer, usage_from, price, cell, number, quantity, amount, events)
     select * from unnest($1::text[], $2::text[], $3::bigint[], $4::text[], $5::text[], $6::bigint[], $7::numeric[],
                          $8::numeric[], $9::bigint[])`,
    [
      textArray(slots.map(({ customer }) => customer.tenant)),
      textArray(slots.map(({ customer }) => customer.id)),
      numberArray(slots.map(({ period }) => period.from)),
      textArray(slots.map(({ price }) => price)),
      textArray(slots.map(({ cell }) => cell)),
      ...accumulatorsToColumns(slots),
    ],
  );
}

async function takeAccumulatorNumbers(tx: Transaction, count: number): Promise<number[]> {
  const rows = await tx.query<{ readonly number: string }>(
    `select nextval('accumulator_numbers') as number from generate_series(1, $1::integer)`,
    [count],
  );
  return rows.map(({ number }) => Number(number));
}

/** The partition's owner is the only writer of its accumulators, so they are stored as they are, not added up. */
export async function updateAccumulators(
  tx: Transaction,
  slots: readonly AccumulatorSlot[],
): Promise<void> {
  const updated = await tx.execute(
    `update accumulators a
        set quantity = moved.quantity, amount = moved.amount, events = moved.events
       from unnest($1::bigint[], $2::numeric[], $3::numeric[], $4::bigint[])
            as moved (number, quantity, amount, events)
      where a.number = moved.number`,
    accumulatorsToColumns(slots),
  );
  if (updated !== slots.length) throw new Error('an accumulator is gone that was stored');
}

/** Number, quantity, amount and events. */
function accumulatorsToColumns(slots: readonly AccumulatorSlot[]): string[] {
  return [
    numberArray(slots.map(({ number }) => number!)),
    numberArray(slots.map(({ current }) => canonicalQuantity(current.quantity))),
    numberArray(slots.map(({ current }) => current.amount)),
    numberArray(slots.map(({ current }) => current.events)),
  ];
}

function accumulatorFromRow(row: AccumulatorRow): Accumulator {
  const { quantity, amount, events, latest_at: occurredAt, latest_event: identity } = row;
  const accumulator = {
    quantity: BigInt(quantity.split('.')[0]!),
    amount: BigInt(amount),
    events: Number(events),
  };
  if (occurredAt === null || identity === null) return accumulator;
  return { ...accumulator, latest: { occurredAt: Number(occurredAt), identity } };
}

/** Tenants, customers and where the periods begin. */
export function periodsToColumns(
  periods: readonly PeriodOfCustomer[],
): [string[], string[], number[]] {
  return [
    periods.map(({ customer }) => customer.tenant),
    periods.map(({ customer }) => customer.id),
    periods.map(({ period }) => period.from),
  ];
}

function namesToColumns(names: readonly CustomerName[]): [string[], string[]] {
  return [names.map(({ tenant }) => tenant), names.map(({ customer }) => customer)];
}

function factsFromRow(row: FactsRow): CustomerFacts {
  return {
    version: Number(row.version),
    plan: row.plan,
    currency: row.currency,
    schedule: {
      timeZone: row.time_zone,
      anchorAt: Number(row.anchor_at),
      interval: row.interval as BillingInterval,
    },
    funding: row.funding as FundingKind,
    closed: row.closed,
    priceOverrides: row.price_overrides,
    knownSince: Number(row.known_since),
  };
}
