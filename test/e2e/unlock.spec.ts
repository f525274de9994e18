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
const SOURCE = 'unlock';

let running: TestStack;
let tenant: Tenant;
let sent = 0;
let folder: string;

/** An issue costs 0.50, then it is free for 20 days. Rating is started again between the two months. */
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'farthing-unlock-'));
  running = await startOnSharedServers({ environment: { FARTHING_SESSION_TIMEOUT: '6s' } });
  tenant = await newTenant(running.place);
  const { door } = tenant;
  await door.must('PUT', '/v1/meters/issues', {
    eventTypes: ['issue.opened'],
    aggregation: 'count',
    dimensions: [{ name: 'issue', pointer: '/issue' }],
  });
  await door.must('POST', '/v1/prices', {
    key: 'issues',
    meter: 'issues',
    currency: 'USD',
    effectiveFrom: '2020-01-01T00:00:00Z',
    description: 'An issue',
    model: { kind: 'unlock', item: 'issue', unitPrice: '0.5', days: 20 },
    split: [{ creator: { property: '/creator' }, shareBps: 7_000 }],
  });
  await door.must('PUT', '/v1/plans/reader', { prices: ['articles', 'issues'] });
  await open('may', [onDay(earlier, 15), onDay(earlier, 16)]);
  await open('june', [onDay(earlier, 17)]);
  await running.stack.restart('rating');
  await open('may', [onDay(later, 1)]);
  // 20 days after it was unlocked, whether the month before had 28 days or 31.
  await open('may', [onDay(later, 25), onDay(later, 26)]);
  await open(undefined, [onDay(later, 2)]);
});

afterAll(async () => {
  await running?.close();
  await rm(folder, { recursive: true, force: true });
});

async function open(issue: string | undefined, times: readonly string[]): Promise<void> {
  const events = times.map((time, at) => ({
    ...usageEvent({ id: String(sent + at), source: SOURCE, time }),
    type: 'issue.opened',
    data: { creator: 'ada', ...(issue === undefined ? {} : { issue }) },
  }));
  await tenant.door.sendBatch(events);
  sent += events.length;
  await untilEnded(tenant.door, SOURCE, sent);
}

async function charges() {
  return tenant.door.list<{ readonly id: string; readonly event: string; readonly amount: string }>(
    '/v1/charges?customer=reader',
  );
}

it('is paid by the first use, across a restart and into the next month, until its days are over', async () => {
  const amounts = (await charges()).map(({ event, amount }) => [event, amount]);
  expect(amounts.toSorted()).toEqual([
    ['0', '0.500000000'],
    ['1', '0.000000000'],
    ['2', '0.500000000'],
    ['3', '0.000000000'],
    ['4', '0.500000000'],
    ['5', '0.000000000'],
  ]);
});

it('is explained by the item, and rejected where none is named', async () => {
  const paid = (await charges()).find(({ event }) => event === '2')!;
  expect(await tenant.door.must('GET', `/v1/charges/${paid.id}`)).toMatchObject({
    quantityBefore: '1',
    quantityAfter: '2',
    shares: [{ creator: 'ada', amount: '0.350000000' }],
    explanation: { parts: [{ unitPrice: '0.5' }] },
  });
  const fate = await tenant.door.must('GET', `/v1/event-fates?source=${SOURCE}&id=6`);
  expect(fate).toMatchObject({ outcome: 'rejected', reason: 'no_item_on_event' });
});

it('is in the price list in words', async () => {
  const list = await tenant.door.must('GET', '/v1/price-list?locale=en');
  const { items } = list as { items: { price: string; inForce: object }[] };
  expect(items.find(({ price }) => price === 'issues')).toMatchObject({
    inForce: {
      words: [
        'The first use of each issue costs 0.5 and unlocks it: its use is free for 20 days of 24 hours. ' +
          'The next use after them is paid again.',
        'Use that occurred before an unlock and comes after it is free, too. ' +
          'An event that names no issue is refused.',
      ],
      amounts: [{ pointer: '/model/unitPrice', text: '$0.50' }],
    },
  });
});

it('is billed month by month, with statements that verify and receipts', async () => {
  const { door } = tenant;
  for (const [month, total, count] of [
    [earlier, '1.000000000', 3],
    [later, '0.500000000', 3],
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
  const free = (await charges()).find(({ event }) => event === '3')!;
  expect(await door.must('GET', `/v1/charges/${free.id}/receipt`)).toMatchObject({
    receipt: {
      charge: { amount: '0.000000000' },
      price: { model: { kind: 'unlock', item: 'issue', unitPrice: '0.5', days: 20 } },
    },
  });
});

it('comes to the same straight from the log, and the books add up', async () => {
  const { stack } = running;
  const priced = await pricedFromLog(stack, tenant.id);
  expect(priced).toMatchObject({
    charges: 6,
    totals: [{ currency: 'USD', amount: '1.500000000' }],
  });
  const { code, findings } = await auditOf(stack);
  expect(violatedOf(findings)).toEqual({});
  expect(code).toBe(0);
});
