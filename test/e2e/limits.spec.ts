import { afterAll, beforeAll, expect, it } from 'vitest';
import { STRUCTURED_TYPE, BATCH_TYPE } from '../stack/door.js';
import { newTenant, type Tenant } from '../stack/tenant.js';
import { startOnSharedServers, type TestStack } from '../stack/test-stack.js';
import { untilEnded, usageEvent } from '../stack/usage-event.js';

let running: TestStack;
let tenant: Tenant;

beforeAll(async () => {
  running = await startOnSharedServers({
    serviceEnvironment: {
      ingestion: {
        FARTHING_KEY_EVENTS_PER_SECOND: '5',
        FARTHING_KEY_BURST_EVENTS: '20',
        FARTHING_BYTES_IN_HAND_MAX: '20000',
      },
    },
  });
  tenant = await newTenant(running.place);
});

afterAll(() => running?.close());

function send(events: readonly unknown[]) {
  const headers = { 'content-type': BATCH_TYPE };
  return tenant.door.request('POST', '/v1/events', { headers, body: JSON.stringify(events) });
}

it('tells a sender that is too fast to wait, by events and not by requests', async () => {
  const twenty = Array.from({ length: 20 }, (_, at) => usageEvent({ id: `${at}` }));
  expect((await send(twenty)).status).toBe(202);
  const refused = await send(twenty);
  expect(refused).toMatchObject({ status: 429, body: { code: 'rate_limited' } });
  expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(0);
  expect(await untilEnded(tenant.door, 'test', 20)).toEqual({ applied: 20 });
});

it('holds a bounded number of bytes, and says so at once', async () => {
  const other = await newTenant(running.place);
  const answer = await other.door.request('POST', '/v1/events', {
    headers: { 'content-type': STRUCTURED_TYPE },
    body: JSON.stringify(usageEvent({ id: 'large', data: { pad: 'x'.repeat(40_000) } })),
  });
  expect(answer).toMatchObject({ status: 503, body: { code: 'overloaded' } });
  expect(Number(answer.headers.get('retry-after'))).toBeGreaterThan(0);
});
