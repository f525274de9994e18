import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { Stack } from '@farthing/local/stack';
import {
  closeBefore,
  type CycleRun,
  type InvoiceSummary,
  type StatementSummary,
} from '../stack/cycle-run.js';
import { auditOf, farthing, pricedFromLog, violatedOf } from '../stack/farthing-command.js';
import { newTenant, type Tenant } from '../stack/tenant.js';
import { sharedStack } from '../stack/test-stack.js';
import { untilEnded, usageEvent } from '../stack/usage-event.js';

interface Charge {
  readonly id: string;
  readonly customer: string;
  readonly kind: string;
  readonly event?: string;
  readonly amount: string;
  readonly late: boolean;
}

let stack: Stack;
let tenant: Tenant;
let run: CycleRun;
let folder: string;

/** Long enough to make customers and to use something before the period ends. */
const UNTIL_END_MS = 15_000;
const end = new Date(Math.ceil((Date.now() + UNTIL_END_MS) / 1_000) * 1_000);
/** Ten minutes before the end of the hour that is closed. */
const inPeriod = new Date(end.getTime() - 600_000).toISOString();

/** Tickets at 2.00, 10.00 an hour at least. An hour ends soon for `above`, `below` and `idle`. */
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'farthing-minimum-'));
  const shared = await sharedStack();
  stack = shared.stack;
  tenant = await newTenant(shared.place);
  const { door } = tenant;
  await door.must('PUT', '/v1/meters/tickets', {
    eventTypes: ['ticket.solved'],
    aggregation: 'count',
  });
  await door.must('POST', '/v1/prices', {
    key: 'tickets',
    meter: 'tickets',
    currency: 'USD',
    effectiveFrom: '2020-01-01T00:00:00Z',
    description: 'A ticket',
    model: { kind: 'per_unit', unitPrice: '2' },
    minimum: '10',
  });
  await door.must('PUT', '/v1/plans/desk', { prices: ['tickets'] });
  for (const id of ['above', 'below', 'idle']) {
    await door.must('PUT', `/v1/customers/${id}`, {
      plan: 'desk',
      interval: 'hour',
      anchorAt: end.toISOString(),
    });
  }
  await solve({ above: 7, below: 2 });
  await sleep(Math.max(0, end.getTime() - Date.now() + 1_000));
  run = await closeBefore(door, end);
}, 180_000);
afterAll(() => rm(folder, { recursive: true, force: true }));

let sent = 0;

/** Tickets by customer, in the hour that is closed. */
async function solve(tickets: Readonly<Record<string, number>>): Promise<void> {
  const events = Object.entries(tickets).flatMap(([subject, count]) =>
    Array.from({ length: count }, () => {
      const id = String(sent++);
      const event = usageEvent({ id, source: 'desk', subject, time: inPeriod });
      return { ...event, type: 'ticket.solved' };
    }),
  );
  await tenant.door.sendBatch(events);
  await untilEnded(tenant.door, 'desk', sent);
}

async function chargesOf(customer: string): Promise<Charge[]> {
  return tenant.door.list<Charge>(`/v1/charges?customer=${customer}`);
}

it('bills the minimum to who used less or nothing, and use to who used more', async () => {
  const invoices = await tenant.door.list<InvoiceSummary>(`/v1/invoices?run=${run.id}`);
  expect(invoices.map(({ customer, total }) => [customer, total])).toEqual([
    ['above', '14.000000000'],
    ['below', '10.000000000'],
    ['idle', '10.000000000'],
  ]);
  const below = await tenant.door.must('GET', `/v1/invoices/${invoices[1]!.id}`);
  expect(below).toMatchObject({
    lines: [
      { kind: 'usage', amount: '4.000000000' },
      { kind: 'minimum', amount: '6.000000000' },
    ],
  });
});

it('shows, explains and receipts what was missing', async () => {
  const minimum = (await chargesOf('below')).find(({ kind }) => kind === 'minimum')!;
  expect(minimum).not.toHaveProperty('event');
  const parts = [{ minimum: '10.000000000', charged: '4.000000000', amount: '6.000000000' }];
  expect(await tenant.door.must('GET', `/v1/charges/${minimum.id}`)).toMatchObject({
    amount: '6.000000000',
    explanation: { parts },
  });
  expect(await tenant.door.must('GET', `/v1/charges/${minimum.id}/receipt`)).toMatchObject({
    receipt: { charge: { kind: 'minimum', quantityAfter: '2.000000000' }, parts },
  });
});

it('is in a statement that verifies', async () => {
  const statements = await tenant.door.list<StatementSummary>(`/v1/statements?run=${run.id}`);
  const idle = statements.find(({ customer }) => customer === 'idle')!;
  expect(idle).toMatchObject({ charges: 1, sum: '10.000000000' });
  const file = join(folder, 'idle.ndjson');
  await writeFile(file, (await tenant.door.request('GET', `/v1/statements/${idle.id}/file`)).text);
  expect(await farthing(['verify', file])).toMatchObject({ code: 0 });
});

it('charges late use only above the minimum that was settled', async () => {
  await solve({ above: 1, below: 1, idle: 6 });
  const late = async (customer: string) =>
    (await chargesOf(customer)).filter((charge) => charge.late).map(({ amount }) => amount);
  expect(await late('above')).toEqual(['2.000000000']);
  expect(await late('below')).toEqual(['0.000000000']);
  expect(await late('idle')).toEqual([...Array(5).fill('0.000000000'), '2.000000000']);
  const [covered] = (await chargesOf('below')).filter((charge) => charge.late);
  expect(await tenant.door.must('GET', `/v1/charges/${covered!.id}`)).toMatchObject({
    explanation: { parts: [{ amount: '2' }, { settled: 'minimum', amount: '-2' }] },
  });
});

it('and the books add up, by the log alone, too', async () => {
  const { code, findings } = await auditOf(stack);
  expect(violatedOf(findings)).toEqual({});
  expect(code).toBe(0);
  const priced = await pricedFromLog(stack, tenant.id);
  expect(priced).toMatchObject({ charges: 19 });
});
