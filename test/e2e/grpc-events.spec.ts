import { afterAll, beforeAll, expect, it } from 'vitest';
import { GrpcDoor, type GrpcEvent } from '../stack/grpc-door.js';
import { newKey, newTenant, type Tenant } from '../stack/tenant.js';
import { sharedStack } from '../stack/test-stack.js';
import { untilEnded, usageEvent } from '../stack/usage-event.js';

let tenant: Tenant;
let target: string;
let door: GrpcDoor;

beforeAll(async () => {
  const { place, stack } = await sharedStack();
  tenant = await newTenant(place);
  target = stack.grpcTarget('ingestion');
  door = new GrpcDoor(target, tenant.door.key!);
});

afterAll(() => door.close());

const time = new Date().toISOString();
const article = (id: string, source: string, changes: GrpcEvent = {}): GrpcEvent => ({
  id,
  source,
  type: 'article.read',
  subject: 'reader',
  time,
  data: Buffer.from('{"creator":"ada"}'),
  ...changes,
});

it('charges what comes by gRPC, and knows its repetition by HTTP', async () => {
  const results = await door.ingest([
    article('1', 'unary'),
    article('2', 'unary', { subject: '' }),
    article('3', 'unary'),
  ]);
  expect(results.map(({ rejection }) => rejection?.code)).toEqual([
    undefined,
    'subject_missing',
    undefined,
  ]);
  await tenant.door.sendBatch([usageEvent({ id: '1', source: 'unary', time })]);
  expect(await untilEnded(tenant.door, 'unary', 3)).toEqual({ applied: 2, duplicate: 1 });
  const charges = await tenant.door.list<Record<string, unknown>>('/v1/charges?customer=reader');
  expect(charges.map(({ event, amount }) => [event, amount])).toEqual([
    ['1', '0.250000000'],
    ['3', '0.250000000'],
  ]);
});

it('charges all of a stream', async () => {
  const requests = Array.from({ length: 20 }, (_, request) =>
    Array.from({ length: 100 }, (__, at) =>
      article(`${request}-${at}`, 'stream', { subject: `r-${at}` }),
    ),
  );
  const answers = await door.ingestAll(requests);
  expect(answers.map((results) => results.length)).toEqual(requests.map(() => 100));
  expect(answers.flat().filter(({ rejection }) => rejection)).toEqual([]);
  expect(await untilEnded(tenant.door, 'stream', 2_000)).toEqual({ applied: 2_000 });
});

it('takes nothing of a key that may only read', async () => {
  const reader = new GrpcDoor(target, await newKey(tenant.door, { scopes: ['usage:read'] }));
  const refused = await reader.ingest([article('1', 'reader')]).catch((error: unknown) => error);
  reader.close();
  expect(refused).toMatchObject({ details: 'scope_missing' });
});
