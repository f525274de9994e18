import { afterAll, beforeAll, expect, it } from 'vitest';
import { until } from '@farthing/testing/until';
import type { ServiceName } from '@farthing/local/service-names';
import { closeBefore } from '../stack/cycle-run.js';
import { auditOf, violatedOf } from '../stack/farthing-command.js';
import { newTenant, type Tenant } from '../stack/tenant.js';
import { startOnSharedServers, type TestStack } from '../stack/test-stack.js';
import { completeMonth, onDay, untilEnded, usageEvent } from '../stack/usage-event.js';

/** The places of `FARTHING_CRASH_AT`, in the order in which a batch passes them. */
const POINTS = ['before_effects', 'after_effects', 'after_commit', 'before_publish'] as const;
const EVENTS_A_POINT = 20;
const PATIENCE_MS = 60_000;

const month = completeMonth(1);
/** Read again at every start of a service. */
const settings: Partial<Record<ServiceName, Record<string, string>>> = {};

let running: TestStack;
let tenant: Tenant;
let sent = 0;

beforeAll(async () => {
  running = await startOnSharedServers({
    environment: { FARTHING_SESSION_TIMEOUT: '6s' },
    serviceEnvironment: settings,
  });
  tenant = await newTenant(running.place);
});

afterAll(() => running?.close());

/** Starts a service again so that it dies at the point, and answers a wait for that death and the start after it. */
async function crashAt(service: ServiceName, point: string): Promise<() => Promise<void>> {
  settings[service] = { FARTHING_CRASH_AT: `${point}:1` };
  await running.stack.restart(service);
  delete settings[service];
  return async () => {
    const isDead = () => running.stack.pids[service] === undefined;
    await until(`${service} dies ${point}`, isDead, PATIENCE_MS);
    await running.stack.restart(service);
  };
}

async function sendSome(): Promise<void> {
  const events = Array.from({ length: EVENTS_A_POINT }, (_, at) =>
    usageEvent({
      id: String(sent + at),
      source: 'crash',
      subject: `reader-${at % 4}`,
      time: onDay(month, 1 + (at % 20)),
    }),
  );
  await tenant.door.sendBatch(events);
  sent += events.length;
}

/** What creators were credited in the ledger: 70 % of 0.25 for each event. */
async function earned(): Promise<string> {
  const answer = await tenant.door.ask('GET', '/v1/creators/ada/balance');
  // The front door may still hold a connection to the dead one: the next request has another.
  if (answer.status === 503) return 'try again';
  const { balances } = answer.body as { balances: Array<{ amount: string }> };
  return balances[0]?.amount ?? '';
}

for (const service of ['rating', 'wallets'] as const) {
  it.each(POINTS)(`${service} dies %s and nothing is lost or done twice`, async (point) => {
    const died = await crashAt(service, point);
    await sendSome();
    await died();
    expect(await untilEnded(tenant.door, 'crash', sent)).toEqual({ applied: sent });
    const wanted = ((sent * 175) / 1_000).toFixed(9);
    await until('the ledger has it', async () => (await earned()) === wanted, PATIENCE_MS);
  });
}

it('closes the month with every charge in it once, to the auditor’s satisfaction', async () => {
  await closeBefore(tenant.door, month.to);
  const statements = await tenant.door.list<{ charges: number }>('/v1/statements');
  expect(statements.reduce((sum, { charges }) => sum + charges, 0)).toBe(sent);
  const { code, findings } = await auditOf(running.stack);
  expect(violatedOf(findings)).toEqual({});
  expect(code).toBe(0);
});
