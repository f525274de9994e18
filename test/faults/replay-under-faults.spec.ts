import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { demoJson } from '@farthing/local/demo/demo-json';
import type { DemoResult } from '@farthing/local/demo/run-demo';
import { seededRandom } from '../bench/seeded-random.js';
import { expectedFigures, playedDay } from '../stack/access-log.js';
import { STRUCTURED_TYPE } from '../stack/door.js';
import { auditOf, violatedOf } from '../stack/farthing-command.js';
import { newTenant } from '../stack/tenant.js';
import { startOnOwnServers, type TestStack } from '../stack/test-stack.js';
import { untilEnded, usageEvent } from '../stack/usage-event.js';
import type { Effects } from './effects.js';
import { FaultInjector } from './fault-injector.js';
import { faultPlan, faultSeed, SERVER_FAULTS } from './fault-plan.js';
import { faultReport } from './fault-report.js';
import { chargedEffects, playUnderFaults } from './faulty-day.js';
import { PlantedConsumer } from './planted-consumer.js';

const KILLS = 14;
const WHILE_CLOSING = 4;

let running: TestStack;
let injector: FaultInjector;
let planted: PlantedConsumer;
let result: DemoResult;
let json: Record<string, unknown>;
let effects: Effects;

/** None for a generated day: what it must come to was not computed apart. */
const FIGURES = Object.entries(expectedFigures() ?? {});

beforeAll(async () => {
  const seed = faultSeed();
  process.stdout.write(`FARTHING_FAULT_SEED=${seed}\n`);
  const random = seededRandom(seed);
  // A killed process must not keep its partitions for longer than a test has patience.
  running = await startOnOwnServers({ environment: { FARTHING_SESSION_TIMEOUT: '6s' } });
  planted = await PlantedConsumer.start(running.stack);
  injector = new FaultInjector(running.stack, random, planted);
  const plan = faultPlan(random, KILLS, SERVER_FAULTS);
  const input = await playedDay();
  const day = {
    input,
    random,
    whileSending: plan.slice(0, -WHILE_CLOSING),
    whileClosing: plan.slice(-WHILE_CLOSING),
  };
  result = await playUnderFaults(running.place, injector, day);
  json = demoJson(result, input.tariff);
  effects = await chargedEffects(running.place, { input, tenant: result.tenant });
  process.stdout.write(faultReport({ seed, injector, result, effects }));
}, 600_000);

afterAll(async () => {
  await injector?.stop();
  await planted?.kill();
  await running?.close();
}, 120_000);

it('broke what it said: at least 12 kills, a stop of Kafka, an immediate stop of PostgreSQL', () => {
  const names = injector.injected.map(({ name }) => name);
  expect(names.filter((name) => name.startsWith('kill -9'))).toHaveLength(KILLS);
  for (const name of [
    'kill -9 rating',
    'kill -9 wallets',
    'kill -9 invoicing',
    'kill -9 ingestion',
    'stop kafka',
    'immediate stop of postgres',
  ]) {
    expect(names).toContain(name);
  }
});

describe('a day, replayed under kills and restarts', () => {
  it('loses nothing and charges nothing twice', () => {
    expect(effects).toMatchObject({ lost: 0, duplicated: 0, invented: 0 });
    expect(effects.expected).toBe(json.charges);
  });

  it('is the same money found five ways, to the nano', () => {
    const { total } = json;
    expect(json.tieOut).toEqual({
      log: total,
      rating: total,
      ledger: total,
      statements: total,
      invoices: total,
    });
  });

  it('gives every customer one invoice and one statement that verifies', () => {
    const { customers } = json;
    expect(json).toMatchObject({ invoices: customers, statementsVerified: customers });
  });

  it.each(FIGURES)('comes to what was computed apart: %s', (key, wanted) => {
    expect(json[key]).toEqual(wanted);
  });

  it('satisfies the auditor', async () => {
    const { code, findings } = await auditOf(running.stack);
    expect(violatedOf(findings)).toEqual({});
    expect(code).toBe(0);
  });
});

it('sees duplicates of a textbook consumer under the same kills, so it would see ours', async () => {
  const textbook = await planted.effects();
  process.stdout.write(`textbook consumer: ${JSON.stringify(textbook)}\n`);
  expect(textbook.duplicated).toBeGreaterThan(0);
});

it('acknowledges nothing while Kafka is away, says so by its deadline, and goes on afterwards', async () => {
  const { stack, place } = running;
  const { door } = await newTenant(place);
  const post = (id: string) =>
    door.request('POST', '/v1/events', {
      headers: { 'content-type': STRUCTURED_TYPE },
      body: JSON.stringify(usageEvent({ id, source: 'away' })),
    });
  expect((await post('before')).status).toBe(202);
  await stack.stopKafka();
  const from = performance.now();
  const refused = await post('during');
  expect(refused.status).toBe(503);
  expect(['log_unavailable', 'deadline_exceeded']).toContain(
    (refused.body as { code: string }).code,
  );
  expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(0);
  expect(performance.now() - from).toBeLessThan(10_000);
  await stack.startKafka();
  for (const id of ['before', 'during', 'after']) {
    await expect.poll(async () => (await post(id)).status, { timeout: 60_000 }).toBe(202);
  }
  await expect
    .poll(async () => (await untilEnded(door, 'away', 1)).applied, { timeout: 60_000 })
    .toBe(3);
});
