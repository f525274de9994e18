import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { Stack } from '@farthing/local/stack';
import { until } from '@farthing/testing/until';
import { closeBefore, type InvoiceSummary, type StatementSummary } from '../stack/cycle-run.js';
import { auditOf, farthing, pricedFromLog, violatedOf } from '../stack/farthing-command.js';
import { newTenant, type Tenant } from '../stack/tenant.js';
import { sharedStack } from '../stack/test-stack.js';
import { completeMonth, onDay, untilEnded, usageEvent } from '../stack/usage-event.js';

interface Charge {
  readonly event: string;
  readonly price: string;
  readonly amount: string;
}

const month = completeMonth(1);
const SOURCE = 'override';

let stack: Stack;
let tenant: Tenant;
let folder: string;
let sent = 0;
let quotes: readonly unknown[];

/** An article costs 0.25 by the plan, and 0.10 with a fee of 1.00 for `partner`, until the middle of the month. */
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'farthing-override-'));
  const shared = await sharedStack();
  stack = shared.stack;
  tenant = await newTenant(shared.place);
  const { door } = tenant;
  await door.must('POST', '/v1/prices', {
    key: 'articles-partner',
    meter: 'articles',
    currency: 'USD',
    effectiveFrom: '2020-01-01T00:00:00Z',
    description: 'An article, for partners',
    model: { kind: 'graduated', tiers: [{ unitPrice: '0.1', flatFee: '1' }] },
    split: [{ creator: { property: '/creator' }, shareBps: 7_000 }],
  });
  await door.must('PUT', '/v1/customers/reader', { plan: 'reader' });
  await door.must('PUT', '/v1/customers/partner', {
    plan: 'reader',
    priceOverrides: ['articles-partner'],
  });
  await use(5);
  const during = await quoteBoth('articles-partner');
  await door.must('PATCH', '/v1/customers/partner', { priceOverrides: [] });
  await use(20);
  quotes = [during, await quoteBoth('articles')];
  await closeBefore(door, month.to);
}, 180_000);

afterAll(() => rm(folder, { recursive: true, force: true }));

/** Two articles and ten seconds of a clip, of each customer, on one day. */
async function use(day: number): Promise<void> {
  const time = onDay(month, day);
  const events = ['reader', 'partner'].flatMap((subject) => {
    const one = () => usageEvent({ id: String(sent++), source: SOURCE, subject, time });
    const clip = { type: 'clip.watched', data: { creator: 'ada', seconds: 10 } };
    return [one(), one(), { ...one(), ...clip }];
  });
  await tenant.door.sendBatch(events);
  expect(await untilEnded(tenant.door, SOURCE, sent)).toEqual({ applied: sent });
}

async function quote(customer: string): Promise<string[]> {
  const asked = { customer, type: 'article.read', properties: { creator: 'ada' } };
  const given = (await tenant.door.must('POST', '/v1/quotes', asked)) as {
    readonly amount: { readonly amount: string };
    readonly parts: readonly { readonly price: string }[];
  };
  return [...given.parts.map(({ price }) => price), given.amount.amount];
}

/** What an article of now would cost each, once wallets has learnt what `partner` pays by. */
async function quoteBoth(partnersPrice: string): Promise<unknown> {
  await until('the price of partner', async () => (await quote('partner'))[0] === partnersPrice);
  return [await quote('reader'), await quote('partner')];
}

async function charges(customer: string): Promise<string[]> {
  return (await tenant.door.list<Charge>(`/v1/charges?customer=${customer}`))
    .toSorted((a, b) => Number(a.event) - Number(b.event))
    .map(({ price, amount }) => `${price} ${amount}`);
}

it('prices by the override what came while it held, and by the plan what came before and after', async () => {
  const plan = ['articles 0.250000000', 'articles 0.250000000', 'clips 0.010000000'];
  expect(await charges('reader')).toEqual([...plan, ...plan]);
  expect(await charges('partner')).toEqual([
    'articles-partner 1.100000000',
    'articles-partner 0.100000000',
    'clips 0.010000000',
    ...plan,
  ]);
});

it('quotes each by what it pays then', () => {
  expect(quotes).toEqual([
    [
      ['articles', '0.250000000'],
      ['articles-partner', '1.100000000'],
    ],
    [
      ['articles', '0.250000000'],
      ['articles', '0.250000000'],
    ],
  ]);
});

it('bills both, in statements that verify', async () => {
  const { door } = tenant;
  const invoices = await door.list<InvoiceSummary>('/v1/invoices');
  expect(invoices.map(({ customer, net }) => [customer, net]).toSorted()).toEqual([
    ['partner', '1.720000000'],
    ['reader', '1.020000000'],
  ]);
  const statements = await door.list<StatementSummary>('/v1/statements');
  expect(statements).toHaveLength(2);
  for (const { id } of statements) {
    const file = join(folder, `${id}.ndjson`);
    await writeFile(file, (await door.request('GET', `/v1/statements/${id}/file`)).text);
    expect(await farthing(['verify', file])).toMatchObject({ code: 0 });
  }
});

it('and the books add up, by the log alone, too', async () => {
  const { code, findings } = await auditOf(stack);
  expect(violatedOf(findings)).toEqual({});
  expect(code).toBe(0);
  const priced = await pricedFromLog(stack, tenant.id);
  expect(priced).toMatchObject({
    charges: 12,
    totals: [{ currency: 'USD', amount: '2.740000000' }],
  });
});
