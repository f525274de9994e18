import { afterAll, beforeAll, expect, test } from 'vitest';
import { createMetricsRegistry } from '../telemetry/metrics-registry.js';
import { Health } from './health.js';
import { startManagementServer, type ManagementServer } from './management-server.js';

const health = new Health();
let silentMs = 0;
let ready = true;
let server: ManagementServer;

beforeAll(async () => {
  health.addPollLiveness('consumer', { millisSinceLastPoll: () => silentMs }, 1_000);
  health.addReadiness('database', () => {
    if (!ready) throw new Error('connection refused');
    return undefined;
  });
  const registry = createMetricsRegistry({ service: 'test' });
  server = await startManagementServer({ host: '127.0.0.1', port: 0, registry, health });
});

afterAll(() => server.close());

const get = (path: string) => fetch(`http://127.0.0.1:${server.port}${path}`);

test('a consumer that no longer polls makes the process not live', async () => {
  expect((await get('/healthz')).status).toBe(200);
  silentMs = 5_000;
  const answer = await get('/healthz');
  expect(answer.status).toBe(503);
  expect(await answer.json()).toMatchObject({ checks: { consumer: 'no successful poll for 5 s' } });
});

test('a dependency that is away makes it not ready', async () => {
  expect((await get('/readyz')).status).toBe(200);
  ready = false;
  const answer = await get('/readyz');
  expect(answer.status).toBe(503);
  expect(await answer.json()).toMatchObject({ checks: { database: 'connection refused' } });
});

test('metrics carry the name of the service', async () => {
  expect(await (await get('/metrics')).text()).toContain('service="test"');
  expect((await get('/else')).status).toBe(404);
});
