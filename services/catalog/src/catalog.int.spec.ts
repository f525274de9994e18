import { randomUUID } from 'node:crypto';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { CatalogFeed } from '@farthing/adapters/catalog-feed/catalog-feed';
import { createTopicAdmin } from '@farthing/adapters/kafka/topic-admin';
import {
  BODIES,
  SCOPES,
  freePort,
  logger,
  shutDown,
  startCatalogUnderTest,
  type CatalogUnderTest,
} from './catalog-under-test.spec.js';

let under: CatalogUnderTest;

beforeAll(async () => {
  under = await startCatalogUnderTest();
});

afterAll(async () => {
  await under?.end();
});

describe('the catalog', () => {
  it('has every change in catalog.v1 by the time it answers, densely numbered, with the twin and both topics', async () => {
    const { tenant, key } = await under.makeTenant();
    const meter = await under.call('PUT', '/v1/meters/traffic', { key, body: BODIES.meter });
    const price = await under.call('POST', '/v1/prices', { key, body: BODIES.price });
    const again = await under.call('POST', '/v1/prices', { key, body: BODIES.price });
    const dearer = { ...BODIES.price, model: { kind: 'per_unit', unitPrice: '0.000000002' } };
    const second = await under.call('POST', '/v1/prices', { key, body: dearer });
    const plan = await under.call('PUT', '/v1/plans/standard', {
      key,
      body: { prices: ['traffic'] },
    });
    expect([meter, price, again, second, plan].map(({ status }) => status)).toEqual([
      200, 201, 200, 201, 200,
    ]);
    expect(again.body).toEqual(price.body);
    expect(second.body.version).toBe(2);

    const feed = await CatalogFeed.start({ kafka: under.kafka, service: 'catalog-spec', logger });
    await feed.readToEndAsOfNow();
    const { view } = feed;
    await feed.close();
    const at = plan.body.catalogVersion;
    expect(view.version).toBe(at);
    expect(view.tenantAt(tenant, at)).toMatchObject({ version: 1, twinOf: '' });
    expect(view.tenantAt(`${tenant}.test`, at)).toMatchObject({ version: 1, twinOf: tenant });
    expect(view.metersOfType(tenant, 'page.served', at)).toHaveLength(1);
    expect(view.priceVersionsAt(tenant, 'traffic', price.body.catalogVersion)).toHaveLength(1);
    expect(view.priceVersionsAt(tenant, 'traffic', at).map(({ version }) => version)).toEqual([
      1, 2,
    ]);
    expect(view.planAt(tenant, 'standard', at)?.prices).toEqual(['traffic']);

    const admin = createTopicAdmin(under.kafka);
    const names = await admin.listTopics();
    await admin.close();
    expect(names).toEqual(
      expect.arrayContaining([`usage.inbound.v1.${tenant}`, `usage.inbound.v1.${tenant}.test`]),
    );
  });

  it('makes no version of the document that the latest one has', async () => {
    const { tenant, key } = await under.makeTenant();
    const once = await under.call('PUT', '/v1/meters/traffic', { key, body: BODIES.meter });
    const twice = await under.call('PUT', '/v1/meters/traffic', { key, body: BODIES.meter });
    expect(twice).toEqual(once);
    const same = await under.call('PUT', `/v1/tenants/${tenant}`, { body: BODIES.tenant });
    expect(same.body.version).toBe(1);
    const other = await under.call('PUT', `/v1/tenants/${tenant}`, {
      body: { ...BODIES.tenant, graceSeconds: 0 },
    });
    expect(other.body).toMatchObject({ version: 2, graceSeconds: 0 });
    const twin = await under.call('GET', `/v1/tenants/${tenant}.test`);
    expect(twin.body).toMatchObject({ version: 2, graceSeconds: 0, twinOf: tenant });
  });

  it('numbers changes that come at once: none lost, none twice, in the order of their versions', async () => {
    const [a, b] = [await under.makeTenant(), await under.makeTenant()];
    const changes = Array.from({ length: 12 }, (_, i) => {
      const body = { ...BODIES.meter, eventTypes: [`type-${i}`] };
      const { key } = i % 2 === 0 ? a : b;
      return [
        under.call('PUT', '/v1/meters/traffic', { key, body }),
        under.call('PUT', '/v1/customers/c', { key, body: { closed: i % 4 < 2 } }),
      ];
    }).flat();
    const answers = await Promise.all(changes);
    expect(answers.filter(({ status }) => status !== 200)).toEqual([]);
    const numbers = answers.map(({ body }) => body.catalogVersion).filter(Boolean);
    expect(new Set(numbers).size).toBe(12);

    const feed = await CatalogFeed.start({ kafka: under.kafka, service: 'catalog-spec', logger });
    await feed.readToEndAsOfNow();
    expect(feed.view.version).toBe(Math.max(...numbers));
    expect(feed.view.meterAt(a.tenant, 'traffic', feed.view.version)?.version).toBe(6);
    await feed.close();
  });

  it('refuses what does not fit together, naming the place', async () => {
    const { key } = await under.makeTenant();
    await under.call('PUT', '/v1/meters/traffic', { key, body: BODIES.meter });
    await under.call('PUT', '/v1/meters/other', { key, body: BODIES.meter });
    await under.call('POST', '/v1/prices', { key, body: BODIES.price });
    const refused = async (method: string, path: string, body: unknown) => {
      const { status, body: problem } = await under.call(method, path, { key, body });
      return [status, problem.errors[0].code, problem.errors[0].pointer];
    };
    const price = (change: object) => refused('POST', '/v1/prices', { ...BODIES.price, ...change });
    const counted = { ...BODIES.meter, aggregation: 'max' };
    expect(await refused('PUT', '/v1/meters/traffic', counted)).toEqual([
      409,
      'aggregation_differs',
      '/aggregation',
    ]);
    const cells = [{ values: { colour: 'red' }, model: { kind: 'per_unit', unitPrice: '1' } }];
    const matrix = { kind: 'matrix', dimensions: ['colour'], cells };
    expect(await price({ model: matrix })).toEqual([
      422,
      'unknown_dimension',
      '/model/dimensions/0',
    ]);
    const unlock = { kind: 'unlock', item: 'colour', unitPrice: '1' };
    expect(await price({ model: unlock })).toEqual([422, 'unlock_needs_count', '/meter']);
    const uses = { ...BODIES.meter, aggregation: 'count', value: undefined };
    await under.call('PUT', '/v1/meters/uses', { key, body: uses });
    expect(await price({ key: 'uses', meter: 'uses', model: unlock })).toEqual([
      422,
      'unknown_dimension',
      '/model/item',
    ]);
    const tip = { kind: 'amount_on_event', minimum: '1' };
    expect(await price({ key: 'uses', meter: 'uses', model: tip })).toEqual([
      422,
      'event_amount_needs_sum',
      '/meter',
    ]);
    expect(await price({ meter: 'none' })).toEqual([422, 'unknown_meter', '/meter']);
    expect(await price({ meter: 'other' })).toEqual([409, 'meter_differs', '/meter']);
    expect(await price({ currency: 'EUR' })).toEqual([409, 'currency_differs', '/currency']);
    expect(await refused('PUT', '/v1/plans/p', { prices: ['traffic', 'none'] })).toEqual([
      422,
      'unknown_price',
      '/prices/1',
    ]);
    expect(await refused('PUT', '/v1/customers/a', { plan: 'none' })).toEqual([
      422,
      'unknown_plan',
      '/plan',
    ]);
  });
});

describe('API keys', () => {
  it('open what their scopes say, belong to the tenant or its twin, and end at once when revoked', async () => {
    const { tenant, key } = await under.makeTenant();
    const body = { name: 'reader', scopes: ['catalog:read'], mode: 'test' };
    const made = await under.call('POST', '/v1/api-keys', { key, body });
    expect(made.body).toMatchObject({ tenant: `${tenant}.test`, scopes: ['catalog:read'] });
    const test = made.body.key as string;
    expect(test).toMatch(/^fk_test_/);
    expect((await under.call('GET', '/v1/meters', { key: test })).body).toEqual({ items: [] });
    const written = await under.call('PUT', '/v1/meters/m', { key: test, body: BODIES.meter });
    expect([written.status, written.body.code]).toEqual([403, 'scope_missing']);
    const more = await under.call('POST', '/v1/api-keys', {
      key,
      body: { name: 'x', scopes: ['billing:write'] },
    });
    expect([more.status, more.body.code]).toEqual([403, 'scope_exceeds_caller']);

    const path = `/v1/api-keys/${made.body.id}?tenant=${tenant}.test`;
    expect((await under.call('DELETE', path)).body).toMatchObject({ revoked: true });
    const after = await under.call('GET', '/v1/meters', { key: test });
    expect([after.status, after.body.code]).toEqual([401, 'api_key_revoked']);
    const listed = await under.call('GET', `/v1/api-keys?tenant=${tenant}.test`);
    expect(JSON.stringify(listed.body)).not.toContain(test);
  });

  it('are in clear nowhere in the database, and yet the same Idempotency-Key shows the same key again', async () => {
    const { tenant } = await under.makeTenant();
    const idempotencyKey = randomUUID();
    const body = { tenant, name: 'x', scopes: SCOPES };
    const first = await under.call('POST', '/v1/api-keys', { body, idempotencyKey });
    const second = await under.call('POST', '/v1/api-keys', { body, idempotencyKey });
    expect(second).toEqual(first);
    const other = await under.call('POST', '/v1/api-keys', {
      body: { ...body, name: 'y' },
      idempotencyKey,
    });
    expect([other.status, other.body.code]).toEqual([409, 'idempotency_key_reused']);
    const dump = await under.asAdmin(`select coalesce(string_agg(t::text, ' '), '') as text
      from (select v::text from catalog.versions v
            union all select k::text from catalog.idempotency_keys k) as t`);
    expect(dump[0]!.text).toContain(first.body.id);
    expect(dump[0]!.text).not.toContain(first.body.key);
  });
});

describe('without Kafka', () => {
  it('a change is a 503 that stays committed, and the same Idempotency-Key answers once Kafka is back', async () => {
    const { key } = await under.makeTenant();
    const away = await under.boot(`127.0.0.1:${await freePort()}`);
    const idempotencyKey = randomUUID();
    const request = { key, body: BODIES.meter, idempotencyKey };
    const started = Date.now();
    const refused = await under.call('PUT', '/v1/meters/late', { ...request, at: away });
    expect([refused.status, refused.body.code]).toEqual([503, 'deadline_exceeded']);
    expect(Date.now() - started).toBeLessThan(8_000);
    expect((await under.call('GET', '/v1/meters/late', { key, at: away })).status).toBe(200);
    // It holds the lane of the outbox while it tries.
    await shutDown(away);

    const answered = await under.call('PUT', '/v1/meters/late', request);
    expect(answered).toMatchObject({ status: 200, body: { key: 'late', version: 1 } });
    expect(await under.call('PUT', '/v1/meters/late', request)).toEqual(answered);
    const other = { ...request, body: { ...BODIES.meter, eventTypes: ['another'] } };
    expect((await under.call('PUT', '/v1/meters/late', other)).status).toBe(409);
  });
});

describe('isolation under the API role', () => {
  const TABLES = ['versions', 'customers', 'customer_profiles', 'idempotency_keys'];

  /** Tables of which the API role, as this tenant, sees rows of another. */
  async function leaks(tenant: string): Promise<string[]> {
    const client = new pg.Client({ connectionString: under.database.urlsOf('catalog').api });
    await client.connect();
    try {
      await client.query(`select set_config('farthing.tenant_id', $1::text, false)`, [tenant]);
      const found: string[] = [];
      for (const table of TABLES) {
        const foreign = await client.query(`select 1 from ${table} where tenant <> $1::text`, [
          tenant,
        ]);
        if (foreign.rowCount! > 0) found.push(table);
      }
      return found;
    } finally {
      await client.end();
    }
  }

  it("no tenant sees or writes another's rows; the check itself finds a table that is left open", async () => {
    const [own, other] = [await under.makeTenant(), await under.makeTenant()];
    for (const { key } of [own, other]) {
      const body = { profile: { name: 'A' } };
      await under.call('PUT', '/v1/customers/a', { key, body, idempotencyKey: randomUUID() });
    }
    expect(await leaks(own.tenant)).toEqual([]);
    expect(await leaks('')).toEqual([]);

    const client = new pg.Client({ connectionString: under.database.urlsOf('catalog').api });
    await client.connect();
    await client.query(`select set_config('farthing.tenant_id', $1::text, false)`, [own.tenant]);
    const foreign = `insert into customers select $1::text, 'b', version, plan, currency, time_zone,
      anchor_at_micros, interval, funding, closed, null from customers where id = 'a'`;
    await expect(client.query(foreign, [other.tenant])).rejects.toMatchObject({ code: '42501' });
    await expect(client.query('delete from versions')).rejects.toMatchObject({ code: '42501' });
    await client.end();

    await under.asAdmin('alter table catalog.customers disable row level security');
    expect(await leaks(own.tenant)).toEqual(['customers']);
    await under.asAdmin('alter table catalog.customers enable row level security');
  });
});
