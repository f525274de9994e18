import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { closeBefore, type InvoiceSummary, type StatementSummary } from '../stack/cycle-run.js';
import { auditOf, farthing, pricedFromLog, violatedOf } from '../stack/farthing-command.js';
import { newTenant, type Tenant } from '../stack/tenant.js';
import { startOnSharedServers, type TestStack } from '../stack/test-stack.js';
import { completeMonth, onDay, untilEnded, usageEvent } from '../stack/usage-event.js';

const earlier = completeMonth(2);
const later = completeMonth(1);
const SOURCE = 'aggregations';

let running: TestStack;
let tenant: Tenant;
let sent = 0;
let folder: string;

const METERS = {
  visitors: { aggregation: 'unique', value: '/visitor' },
  stored: { aggregation: 'latest', value: '/gigabytes', unit: { name: 'TB', size: '1000' } },
  peak: { aggregation: 'max', value: '/gigabytes' },
} as const;
type Key = keyof typeof METERS;
const PRICES: Readonly<Record<Key, string>> = { visitors: '0.1', stored: '2', peak: '0.5' };

/** What is stored is read by two meters. Rating is started again between the two batches of the first month. */
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'farthing-aggregations-'));
  running = await startOnSharedServers({ environment: { FARTHING_SESSION_TIMEOUT: '6s' } });
  tenant = await newTenant(running.place);
  const { door } = tenant;
  for (const [key, meter] of Object.entries(METERS)) {
    const type = key === 'visitors' ? 'page.viewed' : 'storage.read';
    await door.must('PUT', `/v1/meters/${key}`, { ...meter, eventTypes: [type] });
    await door.must('POST', '/v1/prices', {
      key,
      meter: key,
      currency: 'USD',
      effectiveFrom: '2020-01-01T00:00:00Z',
      description: `Of ${key}`,
      model: { kind: 'per_unit', unitPrice: PRICES[key as Key] },
      split: [{ creator: { property: '/creator' }, shareBps: 7_000 }],
    });
  }
  await door.must('PUT', '/v1/plans/reader', { prices: Object.keys(METERS) });
  await send('page.viewed', [visit('ann', 3), visit('bob', 4), visit('ann', 5)]);
  await send('storage.read', [gigabytes('4', 6), gigabytes('9', 8)]);
  await running.stack.restart('rating');
  await send('page.viewed', [visit('bob', 6), visit('cid', 7), visit('7', 8), visit(7, 9)]);
  await send('storage.read', [gigabytes('20', 7), gigabytes('5.5', 20), gigabytes('6', 9)]);
  await send('page.viewed', [visit('ann', 3, later)]);
  await send('storage.read', [gigabytes('3', 3, later)]);
});

afterAll(async () => {
  await running?.close();
  await rm(folder, { recursive: true, force: true });
});

interface Read {
  readonly time: string;
  readonly data: Readonly<Record<string, unknown>>;
}

function visit(visitor: unknown, day: number, month = earlier): Read {
  return { time: onDay(month, day), data: { visitor } };
}

function gigabytes(read: string, day: number, month = earlier): Read {
  return { time: onDay(month, day), data: { gigabytes: read } };
}

async function send(type: string, reads: readonly Read[]): Promise<void> {
  const events = reads.map(({ time, data }, at) => ({
    ...usageEvent({ id: String(sent + at), source: SOURCE, time }),
    type,
    data: { creator: 'ada', ...data },
  }));
  await tenant.door.sendBatch(events);
  sent += events.length;
  await untilEnded(tenant.door, SOURCE, sent);
}

async function undo(
  type: string,
  attributes: Readonly<Record<string, string>>,
  data: Readonly<Record<string, unknown>>,
): Promise<void> {
  const named = { ...usageEvent({ id: String(sent), source: SOURCE }), ...attributes };
  await tenant.door.sendBatch([{ ...named, type, data: { creator: 'ada', ...data } }]);
  sent += 1;
  expect(await untilEnded(tenant.door, SOURCE, sent)).toEqual({ applied: sent });
}

interface Charge {
  readonly id: string;
  readonly event: string;
  readonly meter: string;
  readonly amount: string;
  readonly kind: string;
}

async function chargesOf(meter: Key): Promise<Charge[]> {
  const charges = await tenant.door.list<Charge>('/v1/charges?customer=reader');
  return charges
    .filter((charge) => charge.meter === meter)
    .toSorted((a, b) => Number(a.event) - Number(b.event));
}

async function adjustmentsOf(meter: Key): Promise<string[]> {
  return (await chargesOf(meter))
    .filter(({ kind }) => kind === 'adjustment')
    .map(({ amount }) => amount)
    .toSorted();
}

const amountsOf = async (meter: Key) => (await chargesOf(meter)).map(({ amount }) => amount);

it('counts a value of a month once, across a restart', async () => {
  expect(await amountsOf('visitors')).toEqual([
    '0.100000000',
    '0.100000000',
    '0.000000000',
    '0.000000000',
    '0.100000000',
    '0.100000000',
    '0.000000000',
    '0.100000000',
  ]);
});

it('charges what occurred last, and gives back where it is less', async () => {
  expect(await amountsOf('stored')).toEqual([
    '8.000000000',
    '10.000000000',
    '0.000000000',
    '-7.000000000',
    '0.000000000',
    '6.000000000',
  ]);
  const lower = (await chargesOf('stored'))[3]!;
  expect(await tenant.door.must('GET', `/v1/charges/${lower.id}`)).toMatchObject({
    quantityBefore: '9',
    quantityAfter: '5.5',
    shares: [{ creator: 'ada', amount: '-4.900000000' }],
    explanation: {
      parts: [{ from: '5.5', to: '9', quantity: '3.5', unitPrice: '2', amount: '-7' }],
    },
  });
});

it('charges what goes beyond the greatest', async () => {
  expect(await amountsOf('peak')).toEqual([
    '2.000000000',
    '2.500000000',
    '5.500000000',
    '0.000000000',
    '0.000000000',
    '1.500000000',
  ]);
});

it('shows what each meter came to', async () => {
  const [from, to] = [earlier.from.toISOString(), earlier.to.toISOString()];
  expect(await tenant.door.list(`/v1/usage?from=${from}&to=${to}`)).toMatchObject([
    { meter: 'peak', quantity: '20', amount: '10.000000000', charges: 5 },
    {
      meter: 'stored',
      quantity: '5.5',
      inUnit: { quantity: '0.0055', unit: 'TB' },
      amount: '11.000000000',
      charges: 5,
    },
    { meter: 'visitors', quantity: '4', amount: '0.400000000', charges: 7 },
  ]);
});

it('refuses an event without the value, and quotes nothing that only rating knows', async () => {
  const { door } = tenant;
  const event = { ...usageEvent({ id: 'none', source: SOURCE }), type: 'page.viewed' };
  expect(await door.sendBatch([event])).toMatchObject([
    { code: 'value_missing', pointer: '/0/data/visitor' },
  ]);
  const use = { customer: 'reader', type: 'page.viewed', properties: { visitor: 'dan' } };
  expect(await door.ask('POST', '/v1/quotes', use)).toMatchObject({
    status: 422,
    body: { code: 'aggregation_not_quotable' },
  });
});

it('is billed month by month, with statements that verify', async () => {
  const { door } = tenant;
  for (const [month, total, count] of [
    [earlier, '21.400000000', 17],
    [later, '7.600000000', 3],
  ] as const) {
    const { id: run } = await closeBefore(door, month.to);
    expect(await door.list<InvoiceSummary>(`/v1/invoices?run=${run}`)).toMatchObject([{ total }]);
    const statements = await door.list<StatementSummary>(`/v1/statements?run=${run}`);
    expect(statements).toMatchObject([{ customer: 'reader', charges: count, sum: total }]);
    const file = await door.request('GET', `/v1/statements/${statements[0]!.id}/file`);
    await writeFile(join(folder, 'statement.ndjson'), file.text);
    const { code, stdout } = await farthing(['verify', 'statement.ndjson'], { cwd: folder });
    expect(stdout).toContain('1 of 1 statements verified');
    expect(code).toBe(0);
  }
});

it('lets what others said stand where an event is voided or corrected', async () => {
  await undo('page.viewed', { farthingvoids: '0' }, { visitor: 'ann' });
  await undo('page.viewed', { farthingvoids: '6' }, { visitor: 'cid' });
  await undo('storage.read', { farthingvoids: '10' }, { gigabytes: '0' });
  const { time } = gigabytes('7', 9);
  await undo('storage.read', { farthingcorrects: '11', time }, { gigabytes: '7' });
  // Another one said ann, nobody else cid.
  expect(await adjustmentsOf('visitors')).toEqual(['-0.100000000']);
  // 6 of the ninth stands again; without it 9 of the eighth would, and it becomes 7.
  expect(await adjustmentsOf('stored')).toEqual(['-4.000000000', '1.000000000', '6.000000000']);
  expect(await adjustmentsOf('peak')).toEqual(['0.000000000']);
});

it('comes to the same straight from the log, and the books add up', async () => {
  const { stack } = running;
  const priced = await pricedFromLog(stack, tenant.id);
  expect(priced).toMatchObject({
    charges: 25,
    totals: [{ currency: 'USD', amount: '31.900000000' }],
  });
  const { code, findings } = await auditOf(stack);
  expect(violatedOf(findings)).toEqual({});
  expect(code).toBe(0);
});
