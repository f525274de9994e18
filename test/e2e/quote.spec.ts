import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { until } from '@farthing/testing/until';
import { beforeAll, describe, expect, it } from 'vitest';
import { closeBefore, type StatementSummary } from '../stack/cycle-run.js';
import { auditOf, farthing, pricedFromLog, violatedOf } from '../stack/farthing-command.js';
import { newTenant, type Tenant } from '../stack/tenant.js';
import { sharedStack } from '../stack/test-stack.js';
import { untilEnded, usageEvent } from '../stack/usage-event.js';

interface Quote {
  readonly id: string;
  readonly amount: { readonly amount: string; readonly currency: string };
  readonly quoteToken: string;
}

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
/** Ten o'clock, as far as this day goes: the last hour that is over begins then. */
const TEN = Math.floor(Date.now() / HOUR_MS - 1) * HOUR_MS;
const at = (minutesPastTen: number) => new Date(TEN + minutesPastTen * MINUTE_MS).toISOString();

let tenant: Tenant;

beforeAll(async () => {
  const { place } = await sharedStack();
  tenant = await newTenant(place);
});

async function quote(asked: Record<string, unknown> = {}): Promise<Quote> {
  const use = { customer: 'reader', type: 'article.read', properties: { creator: 'ada' } };
  return (await tenant.door.must('POST', '/v1/quotes', { ...use, at: at(0), ...asked })) as Quote;
}

it('says what a use will cost, of a customer that nobody knows yet', async () => {
  expect(await quote()).toMatchObject({
    customer: 'reader',
    amount: { amount: '0.250000000', currency: 'USD' },
    parts: [{ price: 'articles', quantityBefore: '0', quantityAfter: '1' }],
  });
});

it('goes on from what was used', async () => {
  await tenant.door.sendBatch([usageEvent({ id: '1', source: 'before', time: at(0) })]);
  await untilEnded(tenant.door, 'before', 1);
  await expect
    .poll(() => quote(), { timeout: 30_000 })
    .toMatchObject({ parts: [{ quantityBefore: '1', quantityAfter: '2' }] });
});

interface ChargeSummary {
  readonly id: string;
  readonly event: string;
}

const read = (id: string, minutesPastTen: number, quotetoken?: string) => ({
  ...usageEvent({ id, source: 'quoted', subject: 'hourly', time: at(minutesPastTen) }),
  ...(quotetoken === undefined ? {} : { quotetoken }),
});

/** It reads the catalog behind the answers; for a type that it does not know it reads it to the end. */
async function doorKnowsTheCatalog(): Promise<void> {
  await tenant.door.must('PUT', '/v1/meters/doors', {
    eventTypes: ['door'],
    aggregation: 'count',
  });
  await tenant.door.sendBatch([usageEvent({ id: '1', type: 'door', subject: 'hourly' })]);
}

async function fates(id: string): Promise<string> {
  const answer = await tenant.door.ask('GET', `/v1/event-fates?source=quoted&id=${id}`);
  return (answer.body as { outcome: string }).outcome;
}

async function chargeOf(event: string): Promise<ChargeSummary> {
  const charges = await tenant.door.list<ChargeSummary>('/v1/charges?customer=hourly');
  return charges.find((charge) => charge.event === event)!;
}

describe('a quote of ten o’clock, an article dearer from 10:01, and its event at 10:02', () => {
  let token: string;

  /** `hourly` is billed by the hour, so that this one can be closed. */
  beforeAll(async () => {
    await tenant.door.must('PUT', '/v1/customers/hourly', { interval: 'hour' });
    token = (await quote({ customer: 'hourly' })).quoteToken;
    await tenant.door.must('POST', '/v1/prices', {
      key: 'articles',
      meter: 'articles',
      currency: 'USD',
      effectiveFrom: at(1),
      description: 'articles at 0.40',
      model: { kind: 'per_unit', unitPrice: '0.40' },
      split: [{ creator: { property: '/creator' }, shareBps: 7_000 }],
    });
    const changed =
      token.slice(0, 9) + String.fromCharCode(token.charCodeAt(9) ^ 1) + token.slice(10);
    await doorKnowsTheCatalog();
    await tenant.door.sendBatch([read('as-quoted', 2, token)]);
    await tenant.door.sendBatch([read('once-more', 3, token), read('altered', 3, changed)]);
    await tenant.door.sendBatch([read('once-more', 3)]);
    await until('rating has all of them', async () => (await fates('once-more')) === 'applied');
    await closeBefore(tenant.door, new Date(TEN + HOUR_MS));
  });

  const SENTENCE =
    'articles at 0.40: units 0 to 1: 1 at 0.40 = 0.400000000 USD, charged as quoted: 0.250000000 USD';

  it('is charged as quoted, and the difference shows', async () => {
    const { id } = await chargeOf('as-quoted');
    expect(await tenant.door.must('GET', `/v1/charges/${id}`)).toMatchObject({
      amount: '0.250000000',
      quoteDifference: '-0.150000000',
      priceVersion: 2,
      shares: [{ creator: 'ada', amount: '0.175000000' }],
      explanation: { sentence: SENTENCE, parts: [{ amount: '0.4' }] },
    });
    expect(await tenant.door.must('GET', `/v1/charges/${id}/receipt`)).toMatchObject({
      receipt: { charge: { quoteDifference: '-0.150000000' }, sentence: SENTENCE },
    });
  });

  it('is charged so once: another event with the token is refused, and charged the new price without it', async () => {
    const rejected = await tenant.door.list<Record<string, unknown>>('/v1/rejected-events');
    expect(rejected.map(({ event, code }) => [event, code])).toEqual([
      ['once-more', 'quote_used'],
      ['altered', 'quote_altered'],
    ]);
    const { id } = await chargeOf('once-more');
    const charge = await tenant.door.must('GET', `/v1/charges/${id}`);
    expect(charge).toMatchObject({ amount: '0.400000000', quantityBefore: '1' });
    expect(charge).not.toHaveProperty('quoteDifference');
  });

  it('is billed as quoted in a statement that verifies', async () => {
    const statements = await tenant.door.list<StatementSummary>('/v1/statements');
    const { id, sum } = statements.find(({ customer }) => customer === 'hourly')!;
    expect(sum).toBe('0.650000000');
    const { text } = await tenant.door.request('GET', `/v1/statements/${id}/file`);
    const folder = await mkdtemp(join(tmpdir(), 'farthing-quote-'));
    try {
      const file = join(folder, 'statement.ndjson');
      await writeFile(file, text);
      expect(await farthing(['verify', file])).toMatchObject({ code: 0 });
    } finally {
      await rm(folder, { recursive: true });
    }
  });

  it('satisfies the auditor, and the log comes to the same', async () => {
    const { stack } = await sharedStack();
    const { code, findings } = await auditOf(stack);
    expect(violatedOf(findings)).toEqual({});
    expect(code).toBe(0);
    const priced = await pricedFromLog(stack, tenant.id);
    // The article of the test before, then 0.25 and 0.40.
    expect(priced).toMatchObject({
      events: 6,
      duplicates: 0,
      charges: 3,
      totals: [{ currency: 'USD', amount: '0.900000000' }],
    });
  });
});
