import type { DataSource } from 'typeorm';
import type { Transaction } from '@farthing/adapters/postgres/transaction';
import type { NumberedPrice } from '@farthing/domain/rating/price-book';
import type { CustomerName } from '../customers/customers.repository.js';
import type { ChargeSource, NumberStore } from './charge-numbers.js';

/**
 * Names are inserted in order, as two that insert the same ones in two orders would wait for each other for ever. Each
 * statement is a transaction of its own: a number, once given, is true for all, whatever becomes of the charge for
 * which it was asked.
 */
export function numberStore(dataSource: DataSource): NumberStore {
  return {
    tenants: async (names) => {
      if (names.length === 0) return [];
      await numberTenants(dataSource, names);
      return selectTenants(dataSource, names);
    },
    sources: async (sources) => {
      if (sources.length === 0) return [];
      await numberSources(dataSource, sources);
      return selectSources(dataSource, sources);
    },
    prices: async (prices) => {
      if (prices.length === 0) return [];
      await numberPrices(dataSource, prices);
      return selectPrices(dataSource, prices);
    },
  };
}

/**
 * In the transaction that loads them: all of a customer's events are in one partition, so nobody else numbers it. Asks
 * before it inserts, as a refused insert would use up a number, too.
 */
export async function customerNumbers(
  tx: Transaction,
  customers: readonly CustomerName[],
): Promise<number[]> {
  const known = await selectCustomers(tx, customers);
  const fresh = customers.filter((_, at) => known[at] === null);
  if (fresh.length === 0) return known as number[];
  await numberCustomers(tx, fresh);
  return (await selectCustomers(tx, customers)) as number[];
}

async function selectCustomers(
  tx: Transaction,
  customers: readonly CustomerName[],
): Promise<(number | null)[]> {
  const rows = await tx.query<{ number: number | null }>(
    `select number
       from unnest($1::text[], $2::text[]) with ordinality as wanted (tenant, customer, at)
       left join charge_customers using (tenant, customer)
      order by at`,
    customerColumns(customers),
  );
  return rows.map(({ number }) => number);
}

async function numberCustomers(tx: Transaction, customers: readonly CustomerName[]): Promise<void> {
  await tx.execute(
    `insert into charge_customers (tenant, customer) select * from unnest($1::text[], $2::text[])`,
    customerColumns(customers),
  );
}

async function numberTenants(dataSource: DataSource, names: readonly string[]): Promise<void> {
  await dataSource.query(
    `insert into charge_tenants (tenant) select unnest($1::text[]) order by 1 on conflict (tenant) do nothing`,
    [names],
  );
}

async function selectTenants(dataSource: DataSource, names: readonly string[]): Promise<number[]> {
  return numbersOf(
    await dataSource.query(
      `select number
         from unnest($1::text[]) with ordinality as wanted (tenant, at)
         join charge_tenants using (tenant)
        order by at`,
      [names],
    ),
  );
}

async function numberSources(
  dataSource: DataSource,
  sources: readonly ChargeSource[],
): Promise<void> {
  await dataSource.query(
    `insert into charge_sources (tenant, source, type)
     select * from unnest($1::text[], $2::text[], $3::text[]) order by 1, 2, 3
     on conflict (tenant, source, type) do nothing`,
    sourceColumns(sources),
  );
}

async function selectSources(
  dataSource: DataSource,
  sources: readonly ChargeSource[],
): Promise<number[]> {
  return numbersOf(
    await dataSource.query(
      `select number
         from unnest($1::text[], $2::text[], $3::text[]) with ordinality as wanted (tenant, source, type, at)
         join charge_sources using (tenant, source, type)
        order by at`,
      sourceColumns(sources),
    ),
  );
}

async function numberPrices(
  dataSource: DataSource,
  prices: readonly NumberedPrice[],
): Promise<void> {
  await dataSource.query(
    `insert into charge_prices (tenant, price, version, cell, meter, currency)
     select * from unnest($1::text[], $2::text[], $3::integer[], $4::text[], $5::text[], $6::text[]) order by 1, 2, 3, 4
     on conflict (tenant, price, version, cell) do nothing`,
    [
      ...priceColumns(prices),
      prices.map(({ price }) => price.meterKey),
      prices.map(({ price }) => price.currency),
    ],
  );
}

async function selectPrices(
  dataSource: DataSource,
  prices: readonly NumberedPrice[],
): Promise<number[]> {
  return numbersOf(
    await dataSource.query(
      `select number
         from unnest($1::text[], $2::text[], $3::integer[], $4::text[])
              with ordinality as wanted (tenant, price, version, cell, at)
         join charge_prices using (tenant, price, version, cell)
        order by at`,
      priceColumns(prices),
    ),
  );
}

function customerColumns(customers: readonly CustomerName[]): string[][] {
  return [customers.map(({ tenant }) => tenant), customers.map(({ customer }) => customer)];
}

function sourceColumns(sources: readonly ChargeSource[]): string[][] {
  return [
    sources.map(({ tenant }) => tenant),
    sources.map(({ source }) => source),
    sources.map(({ type }) => type),
  ];
}

function priceColumns(prices: readonly NumberedPrice[]): [string[], string[], number[], string[]] {
  return [
    prices.map(({ price }) => price.tenant),
    prices.map(({ price }) => price.key),
    prices.map(({ price }) => price.version),
    prices.map(({ cell }) => cell),
  ];
}

function numbersOf(rows: ReadonlyArray<{ readonly number: number }>): number[] {
  return rows.map(({ number }) => number);
}
