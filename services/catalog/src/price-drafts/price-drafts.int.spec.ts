import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import {
  BODIES,
  startCatalogUnderTest,
  type CatalogUnderTest,
} from '../catalog-under-test.spec.js';

let under: CatalogUnderTest;
let key: string;
let tenant: string;

beforeAll(async () => {
  under = await startCatalogUnderTest();
});
afterAll(async () => {
  await under?.end();
});
beforeEach(async () => {
  ({ key, tenant } = await under.makeTenant());
  await ok('PUT', '/v1/meters/traffic', BODIES.meter);
});

const send = (method: string, path: string, body?: unknown) =>
  under.call(method, path, { key, ...(body === undefined ? {} : { body }) });

async function ok(method: string, path: string, body?: unknown) {
  const answer = await send(method, path, body);
  expect(answer.status, JSON.stringify(answer.body)).toBeLessThan(300);
  return answer.body;
}

const { price } = BODIES;
const volume = {
  kind: 'volume',
  tiers: [{ upTo: '10', unitPrice: '0.02' }, { unitPrice: '0.01' }],
};

it('keeps a draft, says how it reads and what is odd with it, and tells nobody', async () => {
  const before = (await under.readTopic('catalog.v1')).length;
  await ok('POST', '/v1/price-drafts', price);
  const draft = await ok('POST', '/v1/price-drafts', { ...price, model: volume });
  expect(draft).toMatchObject({ key: 'traffic', meter: 'traffic', model: volume });
  expect(draft.reading[0]).toContain('10');
  expect(draft.findings).toMatchObject([
    { code: 'volume_rebate', severity: 'warning', pointer: '/model/tiers/1' },
  ]);
  expect(await ok('GET', '/v1/price-drafts/traffic')).toEqual(draft);
  expect((await ok('GET', '/v1/price-drafts')).items).toEqual([draft]);
  expect((await send('GET', '/v1/prices/traffic')).status).toBe(404);
  expect(await under.readTopic('catalog.v1')).toHaveLength(before);
});

it('refuses what would be refused of a price, and finds a meter that is not there yet', async () => {
  const negative = { ...price, model: { kind: 'per_unit', unitPrice: '-1' } };
  const refused = await send('POST', '/v1/price-drafts', negative);
  expect(refused.status).toBe(400);
  expect(refused.body.errors).toMatchObject([{ code: 'negative_price' }]);
  const draft = await ok('POST', '/v1/price-drafts', { ...price, meter: 'later' });
  expect(draft.findings).toMatchObject([
    { code: 'unknown_meter', severity: 'error', pointer: '/meter' },
  ]);
  const published = await send('POST', '/v1/price-drafts/traffic/publish');
  expect(published).toMatchObject({ status: 422, body: { code: 'unknown_meter' } });
  expect((await send('GET', '/v1/price-drafts/traffic')).status).toBe(200);
});

it('publishes a draft as the next version, and then has it no more', async () => {
  await ok('POST', '/v1/prices', price);
  await ok('POST', '/v1/price-drafts', { ...price, effectiveFrom: '2199-01-01T00:00:00Z' });
  const answer = await send('POST', '/v1/price-drafts/traffic/publish');
  expect(answer).toMatchObject({ status: 201, body: { key: 'traffic', version: 2 } });
  expect((await send('GET', '/v1/price-drafts/traffic')).status).toBe(404);
  const again = await send('POST', '/v1/price-drafts/traffic/publish');
  expect(again).toMatchObject({ status: 404, body: { code: 'unknown_thing' } });
});

it('discards a draft, also one that is not there', async () => {
  await ok('POST', '/v1/price-drafts', price);
  expect((await send('DELETE', '/v1/price-drafts/traffic')).status).toBe(204);
  expect((await send('DELETE', '/v1/price-drafts/traffic')).status).toBe(204);
  expect((await ok('GET', '/v1/price-drafts')).items).toEqual([]);
});

it('archives a price: it stays where it is sold, and is sold nowhere else', async () => {
  await ok('POST', '/v1/prices', price);
  await ok('PUT', '/v1/plans/old', { prices: ['traffic'] });
  expect(await ok('POST', '/v1/prices/traffic/archive')).toMatchObject({ archived: true });
  expect(await ok('POST', '/v1/prices/traffic/archive')).toMatchObject({ archived: true });
  expect(await ok('GET', '/v1/prices/traffic')).toMatchObject({ version: 1, archived: true });
  expect((await ok('GET', '/v1/prices')).items).toMatchObject([{ key: 'traffic', archived: true }]);

  expect(await send('PUT', '/v1/plans/new', { prices: ['traffic'] })).toMatchObject({
    status: 409,
    body: { code: 'price_archived', errors: [{ pointer: '/prices/0' }] },
  });
  await ok('POST', '/v1/prices', { ...price, key: 'other' });
  await ok('PUT', '/v1/plans/old', { prices: ['other', 'traffic'] });
  const dearer = { ...price, model: { kind: 'per_unit', unitPrice: '1' } };
  expect(await send('POST', '/v1/prices', dearer)).toMatchObject({
    status: 409,
    body: { code: 'price_archived', errors: [{ pointer: '/key' }] },
  });
  const { items } = await ok('GET', '/v1/price-list');
  expect(items.map((item: { price: string }) => item.price)).toContain('traffic');

  expect(await ok('POST', '/v1/prices/traffic/restore')).toMatchObject({ archived: false });
  await ok('PUT', '/v1/plans/new', { prices: ['traffic'] });
  await ok('POST', '/v1/prices', dearer);
});

it('knows no price of another tenant', async () => {
  await ok('POST', '/v1/prices', price);
  await ok('POST', '/v1/price-drafts', price);
  const other = await under.makeTenant();
  const theirs = (method: string, path: string) => under.call(method, path, { key: other.key });
  expect((await theirs('POST', '/v1/prices/traffic/archive')).status).toBe(404);
  expect((await theirs('GET', '/v1/price-drafts/traffic')).status).toBe(404);
  expect((await theirs('DELETE', '/v1/price-drafts/traffic')).status).toBe(204);
  expect((await send('GET', '/v1/price-drafts/traffic')).status).toBe(200);
  expect(tenant).not.toBe(other.tenant);
});
