import { beforeAll, describe, expect, it } from 'vitest';
import { until } from '@farthing/testing/until';
import type { Stack } from '@farthing/local/stack';
import { closeBefore, type InvoiceSummary, type StatementSummary } from '../stack/cycle-run.js';
import type { Answer } from '../stack/door.js';
import { auditOf, farthing, pricedFromLog, violatedOf } from '../stack/farthing-command.js';
import { newKey, newTenant, type Tenant } from '../stack/tenant.js';
import { sharedStack } from '../stack/test-stack.js';
import { completeMonth, onDay, untilEnded, usageEvent } from '../stack/usage-event.js';

interface ChargeSummary {
  readonly id: string;
  readonly event: string;
  readonly kind: string;
  readonly amount: string;
  readonly refund?: { readonly status: string; readonly by?: string };
}

const earlier = completeMonth(2);
const later = completeMonth(1);

let stack: Stack;
let tenant: Tenant;
let firstRun: string;
let secondRun: string;

/**
 * Two readers, each with four articles of 0.25 in the month before last: `paul` is billed, `petra` has two grants of
 * which the first pays the first two articles. Each has one refunded before the close of that month, and one after.
 */
beforeAll(async () => {
  const shared = await sharedStack();
  stack = shared.stack;
  tenant = await newTenant(shared.place);
  await tenant.door.must('PUT', '/v1/customers/petra', { funding: 'prepaid' });
  await grant('0.40', 0);
  await grant('5.00', 1);
  const events = ['paul', 'petra'].flatMap((subject) =>
    [1, 2, 3, 4].map((day) =>
      usageEvent({ id: `${subject}-${day}`, source: 'refund', subject, time: onDay(earlier, day) }),
    ),
  );
  await tenant.door.sendBatch(events);
  await untilEnded(tenant.door, 'refund', events.length);
  await refund('paul-2');
  await refund('petra-2');
  firstRun = (await closeBefore(tenant.door, earlier.to)).id;
  await refund('paul-3');
  await refund('petra-3');
  await tenant.door.sendBatch([
    usageEvent({ id: 'paul-5', source: 'refund', subject: 'paul', time: onDay(later, 1) }),
  ]);
  await untilEnded(tenant.door, 'refund', events.length + 1);
  secondRun = (await closeBefore(tenant.door, later.to)).id;
});

async function grant(amount: string, priority: number): Promise<void> {
  await until('wallets knows the customer', async () => {
    const made = await tenant.door.ask('POST', '/v1/customers/petra/grants', {
      amount: { amount, currency: 'USD' },
      kind: 'paid',
      priority,
      effectiveFrom: earlier.from.toISOString(),
    });
    return made.status === 201;
  });
}

async function chargeOf(event: string): Promise<ChargeSummary> {
  const customer = event.split('-')[0]!;
  const charges = await tenant.door.list<ChargeSummary>(`/v1/charges?customer=${customer}`);
  return charges.find((charge) => charge.event === event && charge.kind === 'usage')!;
}

/** Asks for it, and waits until it was applied. */
async function refund(event: string): Promise<void> {
  const { id } = await chargeOf(event);
  const asked = await askAs(`key-${event}`, id);
  expect(asked).toMatchObject({
    status: 202,
    body: { id, refund: { status: 'requested', reason: 'misread' } },
  });
  const location = asked.headers.get('location')!;
  await until('the refund is applied', async () => {
    const charge = (await tenant.door.must('GET', location)) as ChargeSummary;
    return charge.refund?.status === 'refunded';
  });
}

function askAs(key: string, id: string): Promise<Answer> {
  return tenant.door.request('POST', `/v1/charges/${id}/refund`, {
    body: JSON.stringify({ reason: 'misread' }),
    headers: { 'content-type': 'application/json', 'idempotency-key': key },
  });
}

async function leavesOf(run: string, customer: string): Promise<Record<string, unknown>[]> {
  const statements = await tenant.door.list<StatementSummary>(`/v1/statements?run=${run}`);
  const { id } = statements.find((statement) => statement.customer === customer)!;
  const { text } = await tenant.door.request('GET', `/v1/statements/${id}/file`);
  const lines = text.trimEnd().split('\n').slice(1);
  return lines.map((line) => (JSON.parse(line) as { leaf: Record<string, unknown> }).leaf);
}

interface Line {
  readonly kind: string;
  readonly charged?: string;
  readonly quantity?: string;
  readonly amount: string;
}

async function linesOf(run: string, customer: string): Promise<Line[]> {
  const invoices = await tenant.door.list<InvoiceSummary>(`/v1/invoices?run=${run}`);
  const { id } = invoices.find((invoice) => invoice.customer === customer)!;
  return ((await tenant.door.must('GET', `/v1/invoices/${id}`)) as { lines: Line[] }).lines;
}

describe('a refunded charge', () => {
  it('says by what, and the adjustment what it corrects', async () => {
    const { id } = await chargeOf('paul-2');
    const charge = (await tenant.door.must('GET', `/v1/charges/${id}`)) as ChargeSummary;
    const { by } = charge.refund!;
    const adjustment = await tenant.door.must('GET', `/v1/charges/${by}`);
    expect(adjustment).toMatchObject({
      kind: 'adjustment',
      corrects: id,
      event: 'paul-2',
      amount: '-0.250000000',
      shares: [{ creator: 'ada', amount: '-0.175000000' }],
      explanation: {
        sentence: `articles at 0.25: corrects ${id}, the quantity stays = -0.250000000 USD`,
      },
    });
    expect(await tenant.door.must('GET', `/v1/charges/${by}/receipt`)).toMatchObject({
      receipt: {
        charge: { id: by, corrects: id },
        sentence: `articles at 0.25: corrects ${id}, the quantity stays = -0.250000000 USD`,
      },
    });
  });

  it('is refunded once', async () => {
    const { id } = await chargeOf('paul-2');
    const path = `/v1/charges/${id}/refund`;
    const again = await tenant.door.ask('POST', path, { reason: 'again' });
    expect(again).toMatchObject({ status: 409, body: { code: 'already_refunded' } });
    expect(await askAs('key-paul-2', id)).toMatchObject({ status: 202, body: { id } });
    const charge = (await tenant.door.must('GET', `/v1/charges/${id}`)) as ChargeSummary;
    const ofRefund = `/v1/charges/${charge.refund!.by}/refund`;
    expect(await tenant.door.ask('POST', ofRefund, { reason: 'x' })).toMatchObject({
      status: 409,
      body: { code: 'not_a_usage_charge' },
    });
  });

  it('is nobody else’s, and needs a key that may bill', async () => {
    const { place } = await sharedStack();
    const other = await newTenant(place);
    const { id } = await chargeOf('paul-1');
    for (const charge of [id, 'chg_1-0-999999-0-0', 'chg_x']) {
      expect(
        await other.door.ask('POST', `/v1/charges/${charge}/refund`, { reason: 'x' }),
      ).toMatchObject({ status: 404, body: { code: 'charge_not_found' } });
    }
    const { door } = tenant;
    const reader = await newKey(door, { scopes: ['usage:read'] });
    const answer = await fetch(new URL(`/v1/charges/${id}/refund`, door.baseUrl), {
      method: 'POST',
      headers: { authorization: `Bearer ${reader}`, 'content-type': 'application/json' },
      body: JSON.stringify({ reason: 'x' }),
    });
    expect(answer.status).toBe(403);
  });
});

describe('before the close', () => {
  it('is in the statement of its period, and lowers what is billed', async () => {
    const leaves = await leavesOf(firstRun, 'paul');
    expect(leaves.map(({ kind, amount }) => [kind, amount])).toEqual([
      ...Array.from({ length: 4 }, () => ['usage', '0.250000000']),
      ['adjustment', '-0.250000000'],
    ]);
    expect(leaves[4]).toMatchObject({
      corrects: leaves[1]!.id,
      event: 'paul-2',
      quantityBefore: '2.000000000',
      quantityAfter: '2.000000000',
    });
    expect(await linesOf(firstRun, 'paul')).toMatchObject([
      { kind: 'adjustment', charged: '-0.250000000', quantity: '0.000000000' },
      { kind: 'usage', charged: '1.000000000', quantity: '4.000000000' },
    ]);
  });
});

describe('after the close', () => {
  it('is an adjustment line of the next period, of the usage period that it corrects', async () => {
    const [adjustment, usage] = await leavesOf(secondRun, 'paul');
    expect(adjustment).toMatchObject({
      kind: 'adjustment',
      event: 'paul-3',
      amount: '-0.250000000',
    });
    expect(usage).toMatchObject({ kind: 'usage', event: 'paul-5' });
    expect(adjustment!.usageFrom).not.toBe(adjustment!.bookingFrom);
    expect(adjustment!.bookingFrom).toBe(usage!.bookingFrom);
    expect(await linesOf(secondRun, 'paul')).toMatchObject([
      { kind: 'usage', charged: '0.250000000' },
      { kind: 'adjustment', charged: '-0.250000000' },
    ]);
    const invoices = await tenant.door.list<InvoiceSummary>(`/v1/invoices?run=${secondRun}`);
    expect(invoices).toMatchObject([
      { customer: 'paul', net: '0.000000000' },
      { customer: 'petra', net: '0.000000000' },
    ]);
  });
});

function refundCommand(id: string, ...more: string[]) {
  const env = { FARTHING_URL: tenant.door.baseUrl, FARTHING_API_KEY: tenant.door.key! };
  return farthing(['charges', 'refund', id, '--reason', 'misread', ...more], { env });
}

describe('farthing charges refund', () => {
  it('says what it would give back, and gives it back when told so', async () => {
    const { id } = await chargeOf('paul-5');
    const dry = await refundCommand(id);
    expect(dry).toMatchObject({ code: 4 });
    expect(dry.stdout).toMatch(/to customer paul +0\.250000000/);
    expect(dry.stdout).toMatch(/from creator ada +0\.175000000/);
    expect(await tenant.door.must('GET', `/v1/charges/${id}`)).not.toHaveProperty('refund');
    const done = await refundCommand(id, '--yes');
    expect(done).toMatchObject({ code: 0 });
    expect(done.stdout).toMatch(/refunded by chg_/);
    const again = await refundCommand(id, '--yes');
    expect(again).toMatchObject({ code: 1 });
    expect(again.stderr).toContain('already_refunded');
  });
});

describe('the books', () => {
  it('give the money back to the grants that paid, the last first', async () => {
    // 0.40 paid article 1 and 0.15 of article 2; the second grant paid the rest. Articles 2 and 3 came back.
    await until('wallets applied the refunds', async () => (await grants()).length === 2);
    expect(await grants()).toEqual([
      ['0.400000000', '0.150000000'],
      ['5.000000000', '4.750000000'],
    ]);
  });

  it('take the creators’ shares back', async () => {
    // Nine articles, five of them refunded: four times 0.175.
    await until('wallets posted the last refund', async () => {
      const { balances } = (await tenant.door.must('GET', '/v1/creators/ada/balance')) as {
        balances: Array<{ amount: string }>;
      };
      return balances[0]!.amount === '0.700000000';
    });
  });

  it('satisfy the auditor, and the log comes to the same', async () => {
    const { code, findings } = await auditOf(stack);
    expect(violatedOf(findings)).toEqual({});
    expect(code).toBe(0);
    const priced = await pricedFromLog(stack, tenant.id);
    expect(priced).toMatchObject({
      events: 9,
      charges: 14,
      totals: [{ currency: 'USD', amount: '1.000000000' }],
    });
  });
});

async function grants(): Promise<[string, string][]> {
  const items = await tenant.door.list<{
    amount: { amount: string };
    remaining: { amount: string };
    priority: number;
  }>('/v1/customers/petra/grants');
  return items
    .toSorted((a, b) => a.priority - b.priority)
    .map(({ amount, remaining }) => [amount.amount, remaining.amount]);
}
