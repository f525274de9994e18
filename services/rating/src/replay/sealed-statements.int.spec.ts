import { createDataSource } from '@farthing/adapters/postgres/data-source';
import { runInTransaction } from '@farthing/adapters/postgres/transaction';
import { createTestDatabase, type TestDatabase } from '@farthing/testing/test-database';
import pg from 'pg';
import type { DataSource } from 'typeorm';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { logger } from '../rating-harness.spec.js';
import {
  leavesInOrder,
  sealedInOrder,
  selectHashBefore,
  selectRunPath,
  selectSalt,
  selectSealedThrough,
  type SealedStatement,
  type StatementsOfPeriod,
} from './sealed-statements.repository.js';

const STATEMENTS = 1_200;
const LEAVES = 4_500;
const SEAL = JSON.stringify({ statements: 3, root: 'ab' });

let database: TestDatabase;
let auditor: DataSource;

/**
 * Of each customer `c-1` to `c-1200` of acme a statement of the period 10 to 20, the first of which has many leaves; of
 * the first also one of 0 to 10. Of `zoe` one of a run that is not signed, and of another tenant one.
 */
beforeAll(async () => {
  database = await createTestDatabase({ services: ['invoicing'] });
  const admin = new pg.Client({
    connectionString: database.adminUrl,
    options: '-c search_path=invoicing',
  });
  await admin.connect();
  const hash = `'\\x${'00'.repeat(32)}'`;
  await admin.query(`
    insert into cycle_runs (tenant, run, closes_before_micros, seal)
    values ('acme', 'early', 10, '${SEAL}'), ('acme', 'late', 20, '${SEAL}'), ('acme', 'draft', 30, null),
           ('other', 'late', 25, '${SEAL}');
    insert into statements (tenant, statement, customer, currency, booking_from_micros, booking_to_micros, charges,
                            sum_nanos, root, canonical, hash, leaf_hash)
    select tenant, statement, customer, 'USD', period_from, period_to, 1, 7, ${hash}, 'text of ' || statement, ${hash}, ${hash}
      from (
        select 'acme', 's-' || n, 'c-' || n, 10, 20 from generate_series(1, ${STATEMENTS}) as n
        union all values ('acme', 's-0', 'c-1', 0, 10), ('acme', 's-zoe', 'zoe', 10, 20), ('other', 's-1', 'c-1', 10, 20)
      ) as t (tenant, statement, customer, period_from, period_to);
    insert into run_statements (tenant, run, statement_index, statement)
    select tenant, case when statement = 's-0' then 'early' when statement = 's-zoe' then 'draft' else 'late' end,
           row_number() over (partition by tenant order by statement) - 1, statement
      from statements;
    insert into statement_charges (tenant, statement, leaf_index, generation, partition, "offset", "index", n,
                                   amount_nanos, hash, leaf)
    select 'acme', 's-1', n, 1, 3, n, 0, 0, 0, ${hash}, 'leaf ' || n from generate_series(0, ${LEAVES - 1}) as n;
    insert into customer_salts (tenant, customer, salt) values ('acme', 'c-1', ${hash});
    insert into run_trees (tenant, run, tree)
    select 'acme', 'late', string_agg(decode(repeat(lpad(to_hex(n), 2, '0'), 32), 'hex'), '' order by n)
      from generate_series(1, 6) as n;
  `);
  await admin.end();
  auditor = await createDataSource({
    url: database.auditorUrl,
    schema: 'rating',
    applicationName: 'spec',
    logger,
    poolSize: 1,
  });
});

afterAll(async () => {
  await auditor.destroy();
  await database.drop();
});

async function all<Item>(items: AsyncIterable<Item>): Promise<Item[]> {
  const list: Item[] = [];
  for await (const item of items) list.push(item);
  return list;
}

async function sealed(changes: Partial<StatementsOfPeriod> = {}): Promise<SealedStatement[]> {
  const through = await selectSealedThrough(auditor);
  const period = { from: 0, to: 100, tenant: undefined, sealed: through, ...changes };
  return runInTransaction(auditor, { readOnly: true }, (tx) => all(sealedInOrder(tx, period)));
}

const names = (statements: readonly SealedStatement[]) =>
  statements.map(({ tenant, statement }) => `${tenant}/${statement}`);

test('what signed runs have sealed, by tenant', async () => {
  expect((await selectSealedThrough(auditor)).toSorted((a, b) => a.through - b.through)).toEqual([
    { tenant: 'acme', through: 20 },
    { tenant: 'other', through: 25 },
  ]);
});

test('statements come in byte order of tenant, customer and period, those of signed runs alone', async () => {
  const found = await sealed();
  const customers = Array.from({ length: STATEMENTS }, (_, at) => `c-${at + 1}`).toSorted();
  const expected = customers.flatMap((customer) => {
    const own = `acme/${customer.replace('c', 's')}`;
    return customer === 'c-1' ? ['acme/s-0', own] : [own];
  });
  expect(names(found)).toEqual([...expected, 'other/s-1']);
  expect(found[1]).toMatchObject({
    customer: 'c-1',
    from: 10,
    to: 20,
    charges: 1,
    sumNanos: 7n,
    canonical: 'text of s-1',
    run: 'late',
    seal: { statements: 3 },
  });
});

test.each<[string, Partial<StatementsOfPeriod>, string[]]>([
  ['one that overlaps at its end', { from: 9, to: 10 }, ['acme/s-0']],
  ['none that only touches', { from: 20, to: 30 }, []],
  ['those of a tenant', { tenant: 'other' }, ['other/s-1']],
  ['none that was sealed later', { sealed: [{ tenant: 'acme', through: 10 }] }, ['acme/s-0']],
])('%s', async (_, period, expected) => {
  expect(names(await sealed(period))).toEqual(expected);
});

test('leaves come by their places, page after page', async () => {
  const leaves = await runInTransaction(auditor, { readOnly: true }, (tx) =>
    all(leavesInOrder(tx, { tenant: 'acme', statement: 's-1' })),
  );
  expect(leaves.map(({ place }) => place)).toEqual(Array.from({ length: LEAVES }, (_, at) => at));
  expect(leaves[4_321]).toEqual({
    origin: { generation: 1, partition: 3, offset: 4_321n, index: 0, n: 0 },
    place: 4_321,
    leaf: 'leaf 4321',
    hash: '00'.repeat(32),
  });
});

function hashBefore(from: number): Promise<string> {
  return runInTransaction(auditor, { readOnly: true }, (tx) =>
    selectHashBefore(tx, { tenant: 'acme', customer: 'c-1', currency: 'USD', from, to: 99 }),
  );
}

test('the hash of the statement before is that of its text', async () => {
  // SHA-256 of `text of s-0`.
  expect(await hashBefore(10)).toBe(
    'c4a6343e10fffd4a0d8f6be83f4e82c014d8381fce0db357e5e4b9d0cc62ecc2',
  );
  expect(await hashBefore(0)).toBe('');
});

test('a salt, or none', async () => {
  const [one, none] = await runInTransaction(auditor, { readOnly: true }, async (tx) => [
    await selectSalt(tx, { tenant: 'acme', customer: 'c-1' }),
    await selectSalt(tx, { tenant: 'other', customer: 'c-1' }),
  ]);
  expect(one).toHaveLength(32);
  expect(none).toBeUndefined();
});

test('the path of a statement in the tree of its run', async () => {
  const seal = { ...(JSON.parse(SEAL) as SealedStatement['seal']) };
  const pathOf = async (index: number) => {
    const path = await runInTransaction(auditor, { readOnly: true }, (tx) =>
      selectRunPath(tx, { tenant: 'acme', run: 'late', index, seal }),
    );
    return path.map((hash) => hash[0]);
  };
  // Three leaves, two nodes, the root.
  expect(await pathOf(0)).toEqual([2, 5]);
  expect(await pathOf(2)).toEqual([4]);
  expect(await pathOf(3)).toEqual([]);
});
