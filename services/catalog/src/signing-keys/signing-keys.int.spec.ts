import { GrpcClient } from '@farthing/adapters/grpc/grpc-client';
import { makeKeyPem, signingKeyFrom } from '@farthing/adapters/signing/ed25519-key';
import { catalogEntryFromMessage } from '@farthing/contracts/catalog/catalog-message';
import {
  PublishKeyRequestSchema,
  PublishKeyResponseSchema,
} from '@farthing/contracts/generated/farthing/catalog/v1/signing_keys_pb';
import { TOPICS } from '@farthing/contracts/topics/topic-names';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { startCatalogUnderTest, type CatalogUnderTest } from '../catalog-under-test.spec.js';

const KEY = signingKeyFrom(makeKeyPem());
const ASKED = {
  id: KEY.keyId,
  service: 'wallets',
  publicKey: Buffer.from(KEY.publicKey, 'base64url'),
  validFromMicros: 1_700_000_000_000_001n,
};

let under: CatalogUnderTest;
let client: GrpcClient;

beforeAll(async () => {
  under = await startCatalogUnderTest();
  client = new GrpcClient(`127.0.0.1:${under.catalog.grpcPort}`);
});

afterAll(async () => {
  client?.close();
  await under?.end();
});

async function publish(change: Partial<typeof ASKED> & { validToMicros?: bigint } = {}) {
  const path = '/farthing.catalog.v1.SigningKeyService/PublishKey';
  const method = { path, request: PublishKeyRequestSchema, response: PublishKeyResponseSchema };
  const { catalogVersion } = await client.call(method, { ...ASKED, ...change }, 10_000);
  return Number(catalogVersion);
}

async function keysOnTheCatalog() {
  const records = await under.readTopic(TOPICS.catalog);
  return records
    .map(({ record }) => catalogEntryFromMessage(record.value!))
    .flatMap(({ catalogVersion, thing }) =>
      thing.kind === 'signingKey' ? [{ catalogVersion, ...thing.signingKey }] : [],
    );
}

it('puts a key on the catalog once, and its end as another version', async () => {
  const first = await publish();
  expect(await publish()).toBe(first);
  const validTo = 1_800_000_000_000_000;
  const second = await publish({ validToMicros: BigInt(validTo) });
  const { keyId: id, publicKey } = KEY;
  const key = { id, service: 'wallets', publicKey, validFrom: 1_700_000_000_000_001 };
  expect(await keysOnTheCatalog()).toEqual([
    { catalogVersion: first, ...key, version: 1 },
    { catalogVersion: second, ...key, version: 2, validTo },
  ]);
});

it.each([
  ['an id that is none', { id: 'key_1' }],
  ['a service that is none', { service: '' }],
  ['a key of another length', { publicKey: Buffer.alloc(31) }],
])('refuses %s', async (_, change) => {
  await expect(publish(change)).rejects.toThrow('key_invalid');
});
