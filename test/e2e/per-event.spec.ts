import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { Stack } from '@farthing/local/stack';
import { closeBefore, type InvoiceSummary, type StatementSummary } from '../stack/cycle-run.js';
import { auditOf, farthing, pricedFromLog, violatedOf } from '../stack/farthing-command.js';
import { newTenant, type Tenant } from '../stack/tenant.js';
import { sharedStack } from '../stack/test-stack.js';
import { completeMonth, onDay, untilEnded, usageEvent } from '../stack/usage-event.js';

const month = completeMonth(1);
const SOURCE = 'per-event';
const PRICE = { currency: 'USD', effectiveFrom: '2020-01-01T00:00:00Z' };

let stack: Stack;
let tenant: Tenant;
let folder: string;
let charges: Array<{ readonly id: string; readonly event: string; readonly amount: string }>;

/**
 * Tips of 1 to 50, of which the creator gets nine tenths; sales cost 2.9 % and 0.30, at least 1; and orders 10 %, one of
 * a month free, no month dearer than 3.
 */
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'farthing-per-event-'));
  const shared = await sharedStack();
  stack = shared.stack;
  tenant = await newTenant(shared.place);
  const { door } = tenant;
  for (const [key, type, value] of [
    ['tips', 'tip.given', '/tip'],
    ['sales', 'thing.sold', '/price'],
    ['orders', 'order.placed', '/total'],
  ]) {
    const meter = { eventTypes: [type], aggregation: 'sum', value };
    await door.must('PUT', `/v1/meters/${key}`, meter);
  }
  await door.must('POST', '/v1/prices', {
    ...PRICE,
    key: 'tips',
    meter: 'tips',
    description: 'A tip',
    model: {
      kind: 'amount_on_event',
      minimum: '1',
      maximum: '50',
      suggestions: ['2', '5', '10'],
    },
    split: [{ creator: { property: '/creator' }, shareBps: 9_000 }],
  });
  await door.must('POST', '/v1/prices', {
    ...PRICE,
    key: 'fees',
    meter: 'sales',
    description: 'A sale',
    model: { kind: 'percentage', rate: '2.9', fixed: '0.30', minimum: '1' },
  });
  await door.must('POST', '/v1/prices', {
    ...PRICE,
    key: 'commission',
    meter: 'orders',
    description: 'An order',
    model: { kind: 'percentage', rate: '10', freeEvents: 1 },
    maximum: '3',
  });
  await door.must('PUT', '/v1/plans/reader', {
    prices: ['articles', 'commission', 'fees', 'tips'],
  });
  const tips = ['2', '0.99', '50.01', '7.5'].map((tip, at) => ({
    ...usageEvent({ id: `tip-${at}`, source: SOURCE, time: onDay(month, at + 1) }),
    type: 'tip.given',
    data: { creator: 'ada', tip },
  }));
  const sales = ['100', '9.99', '33.33'].map((price, at) => ({
    ...usageEvent({ id: `sale-${at}`, source: SOURCE, time: onDay(month, at + 1) }),
    type: 'thing.sold',
    data: { price },
  }));
  const orders = ['500', '20', '20'].map((total, at) => ({
    ...usageEvent({ id: `order-${at}`, source: SOURCE, time: onDay(month, at + 1) }),
    type: 'order.placed',
    data: { total },
  }));
  const events = [...tips, ...sales, ...orders];
  await door.sendBatch(events);
  await untilEnded(door, SOURCE, events.length);
  charges = await door.list('/v1/charges?customer=reader');
});

afterAll(() => rm(folder, { recursive: true, force: true }));

async function explained(event: string): Promise<unknown> {
  const { id } = charges.find((charge) => charge.event === event)!;
  return tenant.door.must('GET', `/v1/charges/${id}`);
}

it('charges what each event carries, and rejects a tip outside of its range', async () => {
  expect(charges.map(({ event, amount }) => [event, amount]).toSorted()).toEqual([
    ['order-0', '0.000000000'],
    ['order-1', '2.000000000'],
    ['order-2', '1.000000000'],
    ['sale-0', '3.200000000'],
    ['sale-1', '1.000000000'],
    ['sale-2', '1.266570000'],
    ['tip-0', '2.000000000'],
    ['tip-3', '7.500000000'],
  ]);
  for (const [id, reason] of [
    ['tip-1', 'amount_below_minimum'],
    ['tip-2', 'amount_above_maximum'],
  ]) {
    const fate = await tenant.door.must('GET', `/v1/event-fates?source=${SOURCE}&id=${id}`);
    expect(fate).toMatchObject({ outcome: 'rejected', reason });
  }
});

it('explains a charge by the arithmetic of its event', async () => {
  expect(await explained('tip-3')).toMatchObject({
    quantityBefore: '2',
    quantityAfter: '9.5',
    shares: [{ creator: 'ada', amount: '6.750000000' }],
    explanation: {
      parts: [{ kind: 'given', of: '7.5', amount: '7.5' }],
      sentence: 'A tip: amount 7.5: 7.5 as the event says = 7.500000000 USD',
    },
  });
  expect(await explained('sale-1')).toMatchObject({
    explanation: {
      parts: [
        { kind: 'rated', of: '9.99', rate: '2.9', amount: '0.28971' },
        { kind: 'fixed', amount: '0.3' },
        { kind: 'minimum', amount: '0.41029' },
      ],
      sentence:
        'A sale: amount 9.99: 9.99 at 2.9 %, 0.30 fixed, raised to the minimum of 1 = 1.000000000 USD',
    },
  });
});

it('explains a charge by what came before, where that decides', async () => {
  expect(await explained('order-0')).toMatchObject({
    eventsBefore: 0,
    explanation: { sentence: 'An order: amount 500: free = 0.000000000 USD' },
  });
  expect(await explained('order-2')).toMatchObject({
    eventsBefore: 2,
    amountBefore: '2.000000000',
    explanation: {
      sentence: 'An order: amount 20: 20 at 10 %, less 1 above the maximum of 3 = 1.000000000 USD',
    },
  });
});

it('is in the price list in words, with the suggestions for a page', async () => {
  const list = await tenant.door.must('GET', '/v1/price-list?locale=en');
  const { items } = list as { items: { price: string; inForce: object }[] };
  expect(items.find(({ price }) => price === 'tips')).toMatchObject({
    inForce: {
      words: [
        'Each event costs the amount that it carries.',
        'The amount is at least 1 and at most 50; any other is refused.',
        'Suggested are 2, 5, 10.',
      ],
      amounts: [
        { pointer: '/model/maximum', text: '$50.00' },
        { pointer: '/model/minimum', text: '$1.00' },
        { pointer: '/model/suggestions/0', text: '$2.00' },
        { pointer: '/model/suggestions/1', text: '$5.00' },
        { pointer: '/model/suggestions/2', text: '$10.00' },
      ],
    },
  });
});

it('is billed with a statement that verifies and receipts that explain', async () => {
  const { door } = tenant;
  const { id: run } = await closeBefore(door, month.to);
  const invoices = await door.list<InvoiceSummary>(`/v1/invoices?run=${run}`);
  expect(invoices.map(({ total }) => total)).toEqual(['17.970000000']);
  const statements = await door.list<StatementSummary>(`/v1/statements?run=${run}`);
  expect(statements).toMatchObject([{ customer: 'reader', charges: 8, sum: '17.966570000' }]);
  const file = await door.request('GET', `/v1/statements/${statements[0]!.id}/file`);
  await writeFile(join(folder, 'statement.ndjson'), file.text);
  const { code, stdout } = await farthing(['verify', 'statement.ndjson'], { cwd: folder });
  expect(stdout).toContain('1 of 1 statements verified');
  expect(code).toBe(0);
  const receiptOf = (event: string) => {
    const { id } = charges.find((charge) => charge.event === event)!;
    return door.must('GET', `/v1/charges/${id}/receipt`);
  };
  expect(await receiptOf('order-2')).toMatchObject({
    receipt: {
      charge: { eventsBefore: 2, amountBefore: '2.000000000', amount: '1.000000000' },
      parts: [
        { kind: 'rated', amount: '2' },
        { kind: 'above_period_maximum', amount: '-1' },
      ],
    },
  });
  expect(await receiptOf('sale-2')).toMatchObject({
    receipt: {
      charge: { amount: '1.266570000' },
      price: { model: { kind: 'percentage', rate: '2.9', fixed: '0.30', minimum: '1' } },
      parts: [
        { kind: 'rated', of: '33.33', rate: '2.9', amount: '0.96657' },
        { kind: 'fixed', amount: '0.3' },
      ],
    },
  });
});

it('comes to the same straight from the log, and the books add up', async () => {
  const priced = await pricedFromLog(stack, tenant.id);
  expect(priced).toMatchObject({
    events: 10,
    charges: 8,
    totals: [{ currency: 'USD', amount: '17.966570000' }],
  });
  const { code, findings } = await auditOf(stack);
  expect(violatedOf(findings)).toEqual({});
  expect(code).toBe(0);
});
