import { beforeAll, expect, it } from 'vitest';
import type { DemoStack } from '@farthing/local/demo/demo-stack';
import { Door } from '../stack/door.js';
import { newKey, newTenant, type Tenant } from '../stack/tenant.js';
import { sharedStack } from '../stack/test-stack.js';
import { untilEnded, usageEvent } from '../stack/usage-event.js';
import { until } from '@farthing/testing/until';

let place: DemoStack;
let ours: Tenant;
let theirs: Tenant;

beforeAll(async () => {
  ({ place } = await sharedStack());
  [ours, theirs] = await Promise.all([newTenant(place), newTenant(place)]);
  await ours.door.sendBatch([usageEvent({ id: '1', source: 'ours' })]);
  await untilEnded(ours.door, 'ours', 1);
});

/** One request of each service that only the tenant itself may see answered. */
const READS = [
  ['catalog', '/v1/meters'],
  ['rating', '/v1/charges'],
  ['wallets', '/v1/ledger/accounts'],
  ['invoicing', '/v1/statements'],
] as const;

it('shows one tenant nothing of another', async () => {
  const [charge] = await ours.door.list<{ id: string }>('/v1/charges');
  expect(charge).toBeDefined();
  expect((await theirs.door.ask('GET', `/v1/charges/${charge!.id}`)).status).toBe(404);
  expect(await theirs.door.list('/v1/charges')).toEqual([]);
  expect(await theirs.door.list('/v1/charges?customer=reader')).toEqual([]);
  const fate = await theirs.door.must('GET', '/v1/event-fates?source=ours&id=1');
  expect(fate).toMatchObject({ outcome: 'not_seen' });
  expect(await theirs.door.list('/v1/ledger/accounts')).toEqual([]);
  expect(await theirs.door.list('/v1/statements')).toEqual([]);
  await until('the charge is paid', async () => {
    return (await ours.door.list('/v1/ledger/accounts')).length > 0;
  });
  expect(await theirs.door.list('/v1/ledger/accounts')).toEqual([]);
});

it('lets two tenants use the same ids of events and customers', async () => {
  await theirs.door.sendBatch([usageEvent({ id: '1', source: 'ours', type: 'picture.viewed' })]);
  expect(await untilEnded(theirs.door, 'ours', 1)).toEqual({ applied: 1 });
  const charges = await theirs.door.list<{ amount: string }>('/v1/charges');
  expect(charges.map(({ amount }) => amount)).toEqual(['0.000100000']);
});

it.each(READS)('asks for a key that is known and has the scope: %s', async (_service, path) => {
  const nobody = new Door(place.baseUrl, undefined);
  expect(await nobody.ask('GET', path)).toMatchObject({
    status: 401,
    body: { code: 'api_key_missing' },
  });
  const stranger = new Door(place.baseUrl, `fk_live_${'x'.repeat(40)}`);
  expect(await stranger.ask('GET', path)).toMatchObject({
    status: 401,
    body: { code: 'api_key_unknown' },
  });
  const sender = new Door(
    place.baseUrl,
    await newKey(ours.door, { name: 'sender', scopes: ['events:write'] }),
  );
  await until('the key is known', async () => (await sender.ask('GET', path)).status === 403);
  expect(await sender.ask('GET', path)).toMatchObject({
    status: 403,
    body: { code: 'scope_missing' },
  });
});

it('refuses a revoked key everywhere within seconds', async () => {
  const scopes = ['events:write', 'catalog:read', 'usage:read', 'wallets:read', 'billing:read'];
  const made = await ours.door.must('POST', '/v1/api-keys', { name: 'short', scopes });
  const { id, key } = made as { id: string; key: string };
  const door = new Door(place.baseUrl, key);
  for (const [service, path] of READS) {
    await until(
      `${service} knows the key`,
      async () => (await door.ask('GET', path)).status === 200,
    );
  }
  await ours.door.must('DELETE', `/v1/api-keys/${id}`);
  const refused = { status: 401, body: { code: 'api_key_revoked' } };
  for (const [service, path] of READS) {
    await until(
      `${service} refuses the key`,
      async () => (await door.ask('GET', path)).status === 401,
      5_000,
    );
    expect(await door.ask('GET', path)).toMatchObject(refused);
  }
  const event = { body: JSON.stringify([usageEvent({ id: '2' })]) };
  const headers = { 'content-type': 'application/cloudevents-batch+json' };
  expect(await door.request('POST', '/v1/events', { ...event, headers })).toMatchObject(refused);
});

it('keeps a test key in the test twin', async () => {
  const key = await newKey(ours.door, {
    name: 'twin',
    scopes: ['events:write', 'usage:read', 'catalog:write', 'catalog:read'],
    mode: 'test',
  });
  expect(key).toMatch(/^fk_test_/);
  const twin = new Door(place.baseUrl, key);
  await until(
    'the key is known',
    async () => (await twin.ask('GET', '/v1/charges')).status === 200,
  );
  expect(await twin.list('/v1/charges')).toEqual([]);
  await twin.must('PUT', '/v1/meters/articles', {
    eventTypes: ['article.read'],
    aggregation: 'count',
  });
  const results = await twin.sendBatch([usageEvent({ id: 'twin-1', source: 'twin' })]);
  expect(results).toEqual([{ id: 'twin-1', outcome: 'accepted' }]);
  await untilEnded(twin, 'twin', 1);
  const live = await ours.door.must('GET', '/v1/event-fates?source=twin&id=twin-1');
  expect(live).toMatchObject({ outcome: 'not_seen' });
});
