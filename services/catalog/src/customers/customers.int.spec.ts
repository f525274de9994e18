import { fileURLToPath } from 'node:url';
import { fromBinary } from '@bufbuild/protobuf';
import { Client, credentials, loadPackageDefinition } from '@grpc/grpc-js';
import { loadSync } from '@grpc/proto-loader';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createRecordProducer } from '@farthing/adapters/kafka/record-producer';
import { CustomerProfileSchema } from '@farthing/contracts/generated/farthing/catalog/v1/profile_pb';
import { Funding, Interval } from '@farthing/contracts/generated/farthing/usage/v1/usage_record_pb';
import { partitionOf } from '@farthing/contracts/topics/partition-of';
import { TOPICS } from '@farthing/contracts/topics/topic-names';
import { encodeRatedMessage } from '@farthing/contracts/wire/rated-message';
import { decodeUsageRecord } from '@farthing/contracts/wire/usage-record';
import { until } from '@farthing/testing/until';
import {
  BODIES,
  PARTITIONS,
  startCatalogUnderTest,
  type CatalogUnderTest,
} from '../catalog-under-test.spec.js';

let under: CatalogUnderTest;

beforeAll(async () => {
  under = await startCatalogUnderTest();
});

afterAll(async () => {
  await under?.end();
});

describe('customers', () => {
  it("get the tenant's defaults, dense versions in their partition of the log, and their profile apart", async () => {
    const { tenant, key } = await under.makeTenant();
    const profile = { name: 'Alice Ærlig', email: 'alice@example.org' };
    const path = '/v1/customers/alice';
    const put = await under.call('PUT', path, { key, body: { profile } });
    expect(put.body).toMatchObject({ version: 1, currency: 'USD', funding: 'postpaid' });
    const patched = await under.call('PATCH', path, { key, body: { funding: 'prepaid' } });
    expect(patched.body).toMatchObject({ version: 2, funding: 'prepaid' });
    expect(
      (await under.call('PATCH', path, { key, body: { funding: 'prepaid' } })).body.version,
    ).toBe(2);
    expect((await under.call('GET', path, { key })).body.profile).toEqual({
      version: 1,
      ...profile,
    });

    const partition = partitionOf(tenant, 'alice', PARTITIONS);
    const changes = (await under.readTopic(TOPICS.usageAccepted)).flatMap(
      ({ record, partition: in_ }) => {
        const decoded = decodeUsageRecord(record.value!);
        if (decoded.case !== 'control' || decoded.control.case !== 'customerChanged') return [];
        return decoded.control.value.tenant === tenant
          ? [{ in_, value: decoded.control.value }]
          : [];
      },
    );
    expect(changes.map(({ in_, value }) => [in_, Number(value.version), value.funding])).toEqual([
      [partition, 1, Funding.POSTPAID],
      [partition, 2, Funding.PREPAID],
    ]);
    expect(JSON.stringify(changes.map(({ value }) => value.commandId))).not.toContain('Ærlig');

    expect((await under.call('DELETE', `${path}/profile`, { key })).status).toBe(204);
    expect((await under.call('GET', path, { key })).body.profile).toBeUndefined();
    const profiles = (await under.readTopic(TOPICS.customerProfiles)).filter(
      ({ record }) => record.key?.toString() === `${tenant}\u0000alice`,
    );
    expect(profiles.map((read) => read.partition)).toEqual([partition, partition]);
    expect(fromBinary(CustomerProfileSchema, profiles[0]!.record.value!)).toMatchObject(profile);
    expect(profiles[1]!.record.value).toBeNull();
    const left = await under.asAdmin(`select count(*)::int as rows from (
      select p::text as row from catalog.customer_profiles p
      union all select convert_from(value, 'LATIN1') from catalog.outbox
      union all select k::text from catalog.idempotency_keys k) as t where row like '%alice@example%'`);
    expect(left).toEqual([{ rows: 0 }]);
  });

  it('take prices of their own that exist and are on sale, and keep those that are archived later', async () => {
    const { tenant, key } = await under.makeTenant();
    await under.call('PUT', '/v1/meters/traffic', { key, body: BODIES.meter });
    for (const price of ['own', 'old', 'other']) {
      await under.call('POST', '/v1/prices', { key, body: { ...BODIES.price, key: price } });
    }
    await under.call('POST', '/v1/prices/old/archive', { key });
    const path = '/v1/customers/alice';
    const put = (priceOverrides: readonly string[]) =>
      under.call('PUT', path, { key, body: { priceOverrides } });
    expect(await put(['own', 'none'])).toMatchObject({
      status: 422,
      body: { code: 'unknown_price', errors: [{ pointer: '/priceOverrides/1' }] },
    });
    expect(await put(['own', 'old'])).toMatchObject({
      status: 409,
      body: { code: 'price_archived', errors: [{ pointer: '/priceOverrides/1' }] },
    });
    expect((await put(['own', 'own'])).body.errors).toMatchObject([
      { code: 'price_named_twice', pointer: '/priceOverrides/1' },
    ]);
    expect((await put(Array.from({ length: 21 }, (_, at) => `p${at}`))).status).toBe(400);
    expect((await put(['own'])).body).toMatchObject({ version: 1, priceOverrides: ['own'] });
    await under.call('POST', '/v1/prices/own/archive', { key });
    const more = { priceOverrides: ['other', 'own'] };
    const patched = await under.call('PATCH', path, { key, body: more });
    expect(patched.body).toMatchObject({ version: 2, ...more });
    await under.call('PATCH', path, { key, body: { funding: 'prepaid' } });
    expect((await under.call('GET', path, { key })).body).toMatchObject({ version: 3, ...more });
    expect((await put([])).body).not.toHaveProperty('priceOverrides');

    const stated = (await under.readTopic(TOPICS.usageAccepted)).flatMap(({ record }) => {
      const decoded = decodeUsageRecord(record.value!);
      if (decoded.case !== 'control' || decoded.control.case !== 'customerChanged') return [];
      const { value } = decoded.control;
      return value.tenant === tenant ? [value.priceOverrides] : [];
    });
    expect(stated).toEqual([['own'], ['other', 'own'], ['other', 'own'], []]);
  });

  it('made by rating are learnt of as version 0, once, and a PUT is version 1', async () => {
    const { tenant, key } = await under.makeTenant();
    const partition = partitionOf(tenant, 'made', PARTITIONS);
    const position = (offset: bigint, index = 0) => ({ generation: 1, partition, offset, index });
    const echo = (customer: string, offset: bigint) => ({
      offset,
      index: 0,
      record: {
        case: 'customerChanged' as const,
        value: {
          commandId: `customer:${customer}:0`,
          tenant,
          customer,
          version: 0n,
          catalogVersion: 1n,
          plan: '',
          currency: 'EUR',
          timeZone: 'Europe/Berlin',
          anchorAtMicros: 1_577_836_800_000_000n,
          interval: Interval.MONTH,
          funding: Funding.POSTPAID,
          closed: false,
        },
      },
    });
    const rated = (from: bigint, to: bigint, echoes: ReturnType<typeof echo>[]) =>
      encodeRatedMessage({
        from: position(from),
        to: position(to),
        echoes,
        appliedHolds: [],
        charges: [],
      });
    const producer = createRecordProducer({ kafka: under.kafka });
    const send = (value: Buffer) =>
      producer.send({ topic: TOPICS.chargesRated, partition, records: [{ value }] });
    await send(rated(0n, 2n, [echo('made', 1n)]));
    // Sent again after a crash, cut elsewhere: what lies below the applied position is dropped.
    await send(rated(0n, 3n, [echo('made', 1n), echo('later', 2n)]));
    await until('learning of both', async () => {
      const { body } = await under.call('GET', '/v1/customers', { key });
      return body.items.length === 2;
    });
    const learnt = await under.call('GET', '/v1/customers/made', { key });
    expect(learnt.body).toMatchObject({ version: 0, currency: 'EUR', timeZone: 'Europe/Berlin' });
    expect(await knownCustomers(tenant, ['made', 'nobody', 'later'])).toEqual([true, false, true]);

    // The facts that rating gave it: saying so is a version all the same.
    const facts = { currency: 'EUR', timeZone: 'Europe/Berlin' };
    const put = await under.call('PUT', '/v1/customers/made', { key, body: facts });
    expect(put.body).toMatchObject({ version: 1, currency: 'EUR' });
    await send(rated(3n, 4n, [echo('made', 3n), echo('third', 3n)]));
    await until('learning of a third', async () => {
      const { status } = await under.call('GET', '/v1/customers/third', { key });
      return status === 200;
    });
    expect((await under.call('GET', '/v1/customers/made', { key })).body.version).toBe(1);
    await producer.close();
  });
});

/** Asks as ingestion does: over gRPC, with nothing but the proto file. */
async function knownCustomers(tenant: string, customers: string[]): Promise<boolean[]> {
  const includeDirs = [fileURLToPath(new URL('../../../../proto', import.meta.url))];
  const loaded = loadSync('farthing/catalog/v1/known_customers.proto', { includeDirs });
  const service = (loadPackageDefinition(loaded) as never)['farthing']['catalog']['v1'][
    'CustomerDirectoryService'
  ] as typeof Client;
  const client = new service(`127.0.0.1:${under.catalog.grpcPort}`, credentials.createInsecure());
  try {
    return await new Promise((resolve, reject) => {
      (client as never as Record<string, Function>)['KnownCustomers']!(
        { tenant, customers },
        (error: Error | null, answer: { known: boolean[] }) =>
          error ? reject(error) : resolve(answer.known),
      );
    });
  } finally {
    client.close();
  }
}
