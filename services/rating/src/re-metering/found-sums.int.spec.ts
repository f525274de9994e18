import { createTestDatabase, type TestDatabase } from '@farthing/testing/test-database';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { logger } from '../rating-harness.spec.js';
import { createScratchDatabase, type ScratchDatabase } from '../replay/scratch-database.js';
import type { Use } from './event-uses.js';
import { selectSums } from './found-sums.repository.js';
import { FoundSums } from './found-sums.js';
import { createScratchTables } from './scratch-tables.repository.js';

let database: TestDatabase;
let scratch: ScratchDatabase;

beforeAll(async () => {
  database = await createTestDatabase({ services: ['rating'] });
  scratch = await createScratchDatabase(database.adminUrl, logger);
  await createScratchTables(scratch.dataSource);
});
afterAll(async () => {
  await scratch.drop();
  await database.drop();
});

const USE: Use = {
  charge: 'chg_1-0-0-0-0',
  position: '0-0-0',
  customer: 'ann',
  price: 'articles',
  version: 1,
  cell: '',
  currency: 'USD',
  usageFrom: 0,
  quantity: 1n,
  amount: 10n,
  shares: [{ creator: 'joe', amountNanos: 7n }],
  isQuoted: false,
  isRefunded: false,
};

test('sums of more names than memory holds add up in the scratch database', async () => {
  const sums = new FoundSums(scratch.dataSource, 1);
  const event = { tenant: 'acme', source: 'web', eventId: '1' };
  const changed = (customer: string, amount: bigint) =>
    sums.add({
      event,
      what: 'changed',
      stored: { ...USE, customer },
      fresh: { ...USE, customer, amount },
    });
  await changed('ann', 11n);
  await changed('ben', 40n);
  await changed('ann', 12n);
  await sums.add({ event, what: 'unchanged', stored: USE, fresh: USE });
  await sums.add({ event, what: 'left', stored: USE, fresh: undefined, why: 'quoted' });
  await sums.flush();
  expect(sums.counts).toMatchObject({ charges: 5, changed: 3, otherwise: 3 });
  expect(await selectSums(scratch.dataSource, 'customer')).toMatchObject([
    { name: 'ben', charges: '1', changed: '1', before: '10', after: '40' },
    { name: 'ann', charges: '3', changed: '2', before: '30', after: '33' },
  ]);
  expect(await selectSums(scratch.dataSource, 'creator', { moved: true })).toEqual([]);
  expect(await selectSums(scratch.dataSource, 'customer', { limit: 1 })).toHaveLength(1);
});

test('a charge of another customer is one less here and one more there', async () => {
  const sums = new FoundSums(scratch.dataSource);
  const event = { tenant: 'other', source: 'web', eventId: '1' };
  await sums.add({ event, what: 'changed', stored: USE, fresh: { ...USE, customer: 'cy' } });
  await sums.flush();
  const rows = await selectSums(scratch.dataSource, 'customer');
  expect(rows.filter(({ tenant }) => tenant === 'other')).toMatchObject([
    { name: 'ann', before: '10', after: '0' },
    { name: 'cy', before: '0', after: '10' },
  ]);
});
