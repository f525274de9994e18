import { afterAll, beforeAll, expect, it } from 'vitest';
import type { CatalogThing } from '@farthing/contracts/catalog/catalog-things';
import {
  createRatingDatabase,
  envelopeOf,
  ONE,
  priceThing,
  TARIFF,
  TestLog,
  TestWorker,
  viewOf,
  type RatingDatabase,
} from '../rating-harness.spec.js';

const THINGS: readonly CatalogThing[] = [
  ...TARIFF,
  priceThing('acme', {
    key: 'own',
    meterKey: 'articles',
    model: { kind: 'per_unit', unitPrice: '1' },
  }),
];
let database: RatingDatabase;

beforeAll(async () => {
  database = await createRatingDatabase();
});
afterAll(() => database.drop());

const customer = (version: bigint, priceOverrides: string[]) => ({
  case: 'customerChanged' as const,
  value: {
    commandId: `customer:ann:${version}`,
    tenant: 'acme',
    customer: 'ann',
    version,
    catalogVersion: BigInt(TARIFF.length),
    plan: 'standard',
    currency: 'USD',
    timeZone: 'UTC',
    interval: 4,
    funding: 2,
    priceOverrides,
  },
});

it('holds from where the log states it, as far as the catalog of an event knows it, also after a restart', async () => {
  const log = new TestLog();
  let sent = 0;
  const use = (catalogVersion = THINGS.length) => {
    const readings = { articles: ONE, traffic: ONE };
    log.append(envelopeOf([{ id: String(sent++), customer: 'ann', readings }], catalogVersion));
  };
  log.control(customer(1n, ['traffic', 'own']));
  use(TARIFF.length);
  use();
  log.control(customer(2n, ['own']));
  use();
  // One that comes late states nothing.
  log.control(customer(1n, []));
  use();
  log.control(customer(3n, []));
  use();
  const echoed: string[][] = [];
  for (let at = 0; at < log.records.length; at++) {
    const worker = new TestWorker(database.batch, { view: viewOf(THINGS) });
    await worker.apply(log.records.slice(at, at + 1));
    await worker.settled();
    for (const { record } of worker.producer.messages.flatMap(({ echoes }) => echoes)) {
      if (record.case === 'customerChanged') echoed.push(record.value.priceOverrides);
    }
  }
  const charges = await database.charges();
  expect(charges.map(({ price, amount }) => [price, amount])).toEqual([
    ['articles', '2000000'],
    ['traffic', '10'],
    ['own', '1000000000'],
    ['traffic', '10'],
    ['own', '1000000000'],
    ['traffic', '10'],
    ['own', '1000000000'],
    ['traffic', '10'],
    ['articles', '2000000'],
    ['traffic', '10'],
  ]);
  // Quantities go on within a price key.
  expect(charges.at(-2)).toMatchObject({ quantity_before: '1.000000000' });
  expect(echoed).toEqual([['traffic', 'own'], ['own'], []]);
});
