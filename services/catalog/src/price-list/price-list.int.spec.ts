import { afterAll, beforeAll, expect, it } from 'vitest';
import {
  BODIES,
  startCatalogUnderTest,
  type CatalogUnderTest,
} from '../catalog-under-test.spec.js';

let under: CatalogUnderTest;
let key: string;

beforeAll(async () => {
  under = await startCatalogUnderTest();
  ({ key } = await under.makeTenant());
  await under.call('PUT', '/v1/meters/traffic', {
    key,
    body: { ...BODIES.meter, unit: { name: 'block', size: '512' } },
  });
  const price = { ...BODIES.price, split: [] };
  await under.call('POST', '/v1/prices', { key, body: price });
  const dearer = { ...price, effectiveFrom: '2199-01-01T00:00:00Z', maximum: '5' };
  await under.call('POST', '/v1/prices', { key, body: dearer });
  await under.call('POST', '/v1/prices', { key, body: { ...price, key: 'unsold' } });
  await under.call('PUT', '/v1/plans/standard', { key, body: { prices: ['traffic'] } });
  await under.call('PUT', '/v1/plans/empty', { key, body: { prices: [] } });
});

afterAll(async () => {
  await under?.end();
});

const list = (query = '') => under.call('GET', `/v1/price-list${query}`, { key });

it('lists what is in a plan, with what comes and its date', async () => {
  const { status, body } = await list('?locale=de-CH');
  expect(status).toBe(200);
  expect(body).toMatchObject({
    locale: 'de-CH',
    items: [
      {
        price: 'traffic',
        plans: ['standard'],
        currency: 'USD',
        unit: { name: 'block', size: '512' },
        inForce: {
          version: 1,
          words: ['Usage is shown in block, of 512 units each.', 'Each unit costs 0.000000001.'],
        },
        coming: [{ version: 2, effectiveFrom: '2199-01-01T00:00:00.000000Z' }],
      },
    ],
  });
  expect(body.items).toHaveLength(1);
});

it('lists one plan, and refuses one that is not there and a locale that is none', async () => {
  expect((await list('?plan=empty')).body.items).toEqual([]);
  expect((await list('?plan=standard')).body.items).toHaveLength(1);
  expect(await list('?plan=none')).toMatchObject({ status: 422, body: { code: 'unknown_plan' } });
  const refused = await list('?locale=not_a_locale');
  expect(refused.status).toBe(400);
  expect(refused.body.errors).toMatchObject([{ code: 'unknown_locale', pointer: '/locale' }]);
});

it('lists what a customer pays: its plan, with prices of its own in place of the plan', async () => {
  const own = { ...BODIES.price, split: [], model: { kind: 'per_unit', unitPrice: '2' } };
  await under.call('POST', '/v1/prices', { key, body: { ...own, key: 'own' } });
  const euros = { ...own, key: 'own-euros', currency: 'EUR' };
  await under.call('POST', '/v1/prices', { key, body: euros });
  const priceOverrides = ['own-euros', 'own'];
  await under.call('PUT', '/v1/customers/ann', { key, body: { plan: 'standard', priceOverrides } });
  await under.call('PUT', '/v1/customers/bob', { key, body: { plan: 'standard' } });
  await under.call('PUT', '/v1/customers/planless', { key, body: { priceOverrides } });
  const pays = async (query: string) =>
    ((await list(query)).body.items as { price: string; plans: string[] }[]).map(
      ({ price, plans }) => [price, plans],
    );
  expect(await pays('?customer=ann')).toEqual([['own', []]]);
  expect(await pays('?customer=ann&plan=empty')).toEqual([['own', []]]);
  expect(await pays('?customer=bob')).toEqual([['traffic', ['standard']]]);
  expect(await pays('?customer=planless')).toEqual([]);
  expect(await pays('?customer=unknown&plan=standard')).toEqual([['traffic', ['standard']]]);
  expect((await list('?customer=ann&plan=none')).body.code).toBe('unknown_plan');
});

it('shows a tenant its own prices alone', async () => {
  const other = await under.makeTenant();
  const { body } = await under.call('GET', '/v1/price-list', { key: other.key });
  expect(body).toEqual({ locale: 'en', items: [] });
});
