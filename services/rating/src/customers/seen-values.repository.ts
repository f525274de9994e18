import type { Transaction } from '@farthing/adapters/postgres/transaction';
import type { Customer, OpenedPeriod } from './customer.js';
import type { SeenName, SeenSlot } from './seen-values.js';

export interface SeenOfPeriod extends SeenName {
  readonly customer: Customer;
  readonly period: OpenedPeriod;
}

/** A value that was seen for the first time. */
export interface NewlySeen {
  readonly customer: Customer;
  readonly period: OpenedPeriod;
  readonly slot: SeenSlot;
}

/** Makes sure that these are in memory, seen or not. One may come several times. */
export async function loadSeenValues(
  tx: Transaction,
  wanted: Iterable<SeenOfPeriod>,
): Promise<void> {
  const missing = missingOf(wanted);
  if (missing.length === 0) return;
  const rows = await tx.query<{ readonly at: number }>(
    `select at::integer
       from unnest($1::text[], $2::text[], $3::bigint[], $4::text[], $5::text[], $6::bytea[])
            with ordinality as wanted (tenant, customer, usage_from, price, cell, value, at)
       join seen_values s using (tenant, customer, usage_from, price, cell, value)`,
    columnsOf(missing),
  );
  const found = new Set(rows.map(({ at }) => at - 1));
  missing.forEach((name, at) => name.period.seen.add(name, found.has(at)));
}

function missingOf(wanted: Iterable<SeenOfPeriod>): SeenOfPeriod[] {
  const asked = new Map<OpenedPeriod, Set<string>>();
  const missing: SeenOfPeriod[] = [];
  for (const name of wanted) {
    const { period, price, cell, digest } = name;
    let values = asked.get(period);
    if (!values) {
      period.seen.makeRoom();
      asked.set(period, (values = new Set()));
    }
    const key = `${digest}${price} ${cell}`;
    if (values.has(key) || period.seen.has(name)) continue;
    values.add(key);
    missing.push(name);
  }
  return missing;
}

/** The partition's owner is the only writer of its values, so one that is stored already is a fault. */
export async function insertSeenValues(tx: Transaction, seen: readonly NewlySeen[]): Promise<void> {
  await tx.execute(
    `insert into seen_values (tenant, customer, usage_from, price, cell, value)
     select * from unnest($1::text[], $2::text[], $3::bigint[], $4::text[], $5::text[], $6::bytea[])`,
    columnsOf(seen.map(({ customer, period, slot }) => ({ customer, period, ...slot }))),
  );
}

function columnsOf(names: readonly SeenOfPeriod[]): unknown[] {
  return [
    names.map(({ customer }) => customer.tenant),
    names.map(({ customer }) => customer.id),
    names.map(({ period }) => period.from),
    names.map(({ price }) => price),
    names.map(({ cell }) => cell),
    names.map(({ digest }) => Buffer.from(digest, 'latin1')),
  ];
}
