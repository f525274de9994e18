import { copyFile, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { runAsTenant } from '@farthing/adapters/postgres/api-transaction';
import { createDataSource } from '@farthing/adapters/postgres/data-source';
import { runMigrations } from '@farthing/adapters/postgres/migrations';
import type { Transaction } from '@farthing/adapters/postgres/transaction';
import { repositoryRoot } from '@farthing/local/repository';
import { createTestDatabase, type TestDatabase } from '@farthing/testing/test-database';
import pg from 'pg';
import type { DataSource } from 'typeorm';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { logger } from '../rating-harness.spec.js';
import { selectChargesAt, selectChargesList } from './charges-list.repository.js';
import { selectChargesOfRange } from './charges-of-range.js';

const MIGRATIONS = join(repositoryRoot, 'services/rating/migrations');

/** A charge as version 1 of the schema stored it. */
const CHARGE = {
  log_offset: 10,
  occurred_at: 7_500,
  usage_from: 7_000,
  usage_to: 8_000,
  booking_from: 7_000,
  booking_to: 8_000,
  amount: 2_000_000,
  event_index: 0,
  usage_month: 202607,
  price_version: 1,
  generation: 1,
  partition: 3,
  n: 0,
  kind: 1,
  quote_difference: null as number | null,
  tenant: 'acme',
  customer: 'ann',
  currency: 'USD',
  source: 'web',
  event_id: 'e-1',
  type: 'article.read',
  meter: 'articles',
  price: 'reading',
  cell: null as string | null,
  corrects: null as string | null,
  quantity_before: '0.000000001',
  quantity_after: '1.000000001',
  creators: 'joe ' as string | null,
  body_hash: '\\x00ff',
};

/** Two months, two tenants that name things alike, two versions and two cells of a price, and a late charge. */
const CHARGES: readonly (typeof CHARGE)[] = [
  CHARGE,
  { ...CHARGE, n: 1, price: 'grid', cell: 'eu/day', meter: 'traffic', creators: null },
  { ...CHARGE, n: 2, price: 'grid', cell: 'eu/night', meter: 'traffic', quote_difference: -5 },
  { ...CHARGE, log_offset: 11, tenant: 'other', customer: 'ann', event_id: 'e-1', currency: 'EUR' },
  { ...CHARGE, log_offset: 12, customer: 'bob', price_version: 2, kind: 2, corrects: '1-3-10-0-0' },
  { ...CHARGE, log_offset: 13, usage_month: 202608, usage_from: 8_000, usage_to: 9_000 }, // booked back
  { ...CHARGE, log_offset: 14, booking_from: 8_000, booking_to: 9_000, type: 'picture.viewed' },
];

let database: TestDatabase;
let admin: pg.Client;
let api: DataSource;
let before: Record<string, unknown>[];

beforeAll(async () => {
  database = await createTestDatabase();
  admin = await connect(database.adminUrl);
  before = await chargedBefore(database, admin, CHARGES);
  await migrate(database, MIGRATIONS);
  api = await createDataSource({
    url: database.urlsOf('rating').api,
    schema: 'rating',
    applicationName: 'spec',
    logger,
  });
});

afterAll(async () => {
  await Promise.all([admin.end(), api.destroy()]);
  await database.drop();
});

test('charges of before are read as they were', async () => {
  const columns = Object.keys(before[0]!).join(', ');
  const { rows } = await admin.query(`select ${columns} from charges order by log_offset, n`);
  expect(rows).toEqual(before);
});

test('customers of before are known since their first period', async () => {
  const { rows } = await admin.query('select customer, known_since, partition from customers');
  expect(rows).toEqual([
    { customer: 'ann', known_since: String(CHARGE.usage_from), partition: null },
  ]);
});

test('what repeats is stored once', async () => {
  const counts = await admin.query(
    `select (select count(*)::int from charge_tenants) as tenants, (select count(*)::int from charge_customers) as customers,
            (select count(*)::int from charge_sources) as sources, (select count(*)::int from charge_prices) as prices`,
  );
  expect(counts.rows).toEqual([{ tenants: 2, customers: 3, sources: 3, prices: 5 }]);
});

test('a charge whose period was never stored stops the migration, and nothing is moved', async () => {
  const broken = await createTestDatabase();
  const client = await connect(broken.adminUrl);
  try {
    await chargedBefore(broken, client, [CHARGE]);
    await client.query('update billing_periods set period_to = period_to + 1');
    await expect(migrate(broken, MIGRATIONS)).rejects.toThrow('not in billing_periods');
    expect((await client.query('select from charges')).rowCount).toBe(1);
  } finally {
    await client.end();
    await broken.drop();
  }
});

test('pages go on in the order of the key, over months', async () => {
  const first = await pageOf({ offset: '0', n: -1 });
  expect(first.map(placeOf)).toEqual(['10/0', '10/1', '10/2']);
  const second = await pageOf({ offset: '10', n: 2 });
  expect(second.map(placeOf)).toEqual(['12/0', '13/0', '14/0']);
  expect((await pageOf({ offset: '0', n: -1 }, 'bob')).map(placeOf)).toEqual(['12/0']);
  expect(await pageOf({ offset: '0', n: -1 }, 'nobody')).toEqual([]);
});

test('an event has its charges, and a range those of its tenants and months', async () => {
  const position = { generation: 1, partition: 3, offset: 10n, index: 0 };
  const at = await asTenant('acme', (tx) => selectChargesAt(tx, 'acme', position));
  expect(at.map(({ cell }) => cell)).toEqual([null, 'eu/day', 'eu/night']);
  const range = {
    from: position,
    to: { ...position, offset: 14n },
    tenants: ['acme'],
    usageMonths: [202607],
  };
  const found = await asTenant('acme', (tx) => selectChargesOfRange(tx, range));
  expect(found.map(placeOf)).toEqual(['10/0', '10/1', '10/2', '12/0']);
});

test('a tenant sees its own charges and names and no others', async () => {
  const [acme, other] = [[{ tenant: 'acme' }], [{ tenant: 'other' }]];
  expect(await seenBy('acme')).toEqual({ charges: acme, rows: 6, names: acme });
  expect(await seenBy('other')).toEqual({ charges: other, rows: 1, names: other });
  expect(await seenBy('nobody')).toEqual({ charges: [], rows: 0, names: [] });
});

test('the batch adds rows and names, and changes none', async () => {
  const batch = await connect(database.urlsOf('rating').batch);
  try {
    await batch.query('begin');
    await batch.query('select ensure_charges_month(202609)');
    await batch.query(
      `insert into charge_sources (tenant, source, type) values ('acme', 'app', 'x')`,
    );
    await batch.query(
      `insert into charge_rows_202609 select r.* from charge_rows r where usage_month = 202609`,
    );
    for (const statement of [
      'update charge_rows_202607 set amount = 0',
      `update charge_tenants set tenant = 'x'`,
      'delete from charge_prices',
      'insert into charge_rows select * from charge_rows',
    ]) {
      await batch.query('savepoint before');
      await expect(batch.query(statement)).rejects.toThrow('permission denied');
      await batch.query('rollback to before');
    }
    await batch.query('rollback');
  } finally {
    await batch.end();
  }
});

test('a page is read by the key without a sort, and names that nobody asks for are not joined', async () => {
  await asTenant('acme', async (tx) => {
    // The tables are too small for an index to be worth it.
    await tx.execute('set local enable_seqscan = off');
    await tx.execute('set local enable_bitmapscan = off');
    const plan = await planOf(tx, (explaining) => selectChargesList(explaining, listOf({})));
    expect(plan).toContain('Merge Append');
    expect(plan).toMatch(
      /Index Cond: \(\(tenant_number = .*generation = .*ROW\(partition, log_offset, /,
    );
    expect(plan).not.toContain('Sort  (cost');
    const sum = await planOf(tx, (explaining) =>
      explaining.query('select sum(amount), max(price_version) from charges'),
    );
    expect(sum).toContain('charge_prices');
    expect(sum).not.toMatch(/charge_customers|charge_sources|billing_periods/);
  });
});

function pageOf(after: { offset: string; n: number }, customer?: string) {
  return asTenant('acme', (tx) => selectChargesList(tx, listOf({ after, customer })));
}

function listOf(query: { after?: { offset: string; n: number }; customer?: string | undefined }) {
  const { after = { offset: '0', n: -1 }, customer } = query;
  return {
    tenant: 'acme',
    customer: customer === undefined ? undefined : { id: customer, partition: 3 },
    from: undefined,
    to: undefined,
    after: { partition: 3, index: 0, ...after },
    rows: 3,
  };
}

function placeOf({ log_offset, n }: { log_offset: string; n: number }): string {
  return `${log_offset}/${n}`;
}

/** What of the charges and their names the tenant can read. */
function seenBy(tenant: string) {
  return asTenant(tenant, async (tx) => ({
    charges: await tx.query('select distinct tenant from charges'),
    rows: await tx.execute('select from charge_rows'),
    names: await tx.query(
      `select tenant from charge_tenants union select tenant from charge_customers
        union select tenant from charge_sources union select tenant from charge_prices`,
    ),
  }));
}

function asTenant<Result>(tenantId: string, work: (tx: Transaction) => Promise<Result>) {
  return runAsTenant(api, { tenantId, readOnly: true }, work);
}

/** How PostgreSQL would run the query that `read` makes. */
async function planOf(
  tx: Transaction,
  read: (explaining: Transaction) => Promise<unknown>,
): Promise<string> {
  const lines: string[] = [];
  await read({
    ...tx,
    query: async <Row extends object>(sql: string, parameters?: readonly unknown[]) => {
      const rows = await tx.query<{ 'QUERY PLAN': string }>(`explain ${sql}`, parameters);
      lines.push(...rows.map((row) => row['QUERY PLAN']));
      return [] as Row[];
    },
  } as Transaction);
  return lines.join('\n');
}

/** A schema of version 1 with these charges and their periods; answers its table as it reads. */
async function chargedBefore(
  target: TestDatabase,
  client: pg.Client,
  charges: readonly (typeof CHARGE)[],
): Promise<Record<string, unknown>[]> {
  const folder = await mkdtemp(join(tmpdir(), 'farthing-migrations-'));
  await copyFile(join(MIGRATIONS, '0001_rating.sql'), join(folder, '0001_rating.sql'));
  await migrate(target, folder);
  await rm(folder, { recursive: true });
  for (const month of new Set(charges.map(({ usage_month }) => usage_month)))
    await client.query('select ensure_charges_month($1::integer)', [month]);
  await client.query(
    'insert into charges select * from jsonb_populate_recordset(null::charges, $1::jsonb)',
    [JSON.stringify(charges)],
  );
  await client.query(
    `insert into customers
     values ('acme', 'ann', 1, 'standard', 'USD', 'UTC', 0, 'month', 'postpaid', false)`,
  );
  await client.query(
    `insert into billing_periods
     select tenant, customer, usage_from, usage_to, 'x' from charges
      union select tenant, customer, booking_from, booking_to, 'x' from charges`,
  );
  return (await client.query('select * from charges order by log_offset, n')).rows;
}

async function migrate(target: TestDatabase, folder: string): Promise<void> {
  const { owner } = target.urlsOf('rating');
  await runMigrations({ databaseUrl: owner, schema: 'rating', folder });
}

async function connect(connectionString: string): Promise<pg.Client> {
  const client = new pg.Client({ connectionString, options: '-c search_path=rating' });
  await client.connect();
  return client;
}
