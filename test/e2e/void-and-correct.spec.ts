import { mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { until } from '@farthing/testing/until';
import type { Stack } from '@farthing/local/stack';
import { closeBefore, type InvoiceSummary, type StatementSummary } from '../stack/cycle-run.js';
import type { Answer } from '../stack/door.js';
import { auditOf, farthing, pricedFromLog, violatedOf } from '../stack/farthing-command.js';
import { newKey, newTenant, type Tenant } from '../stack/tenant.js';
import { sharedStack } from '../stack/test-stack.js';
import { completeMonth, onDay, untilEnded, usageEvent } from '../stack/usage-event.js';

interface Fate {
  readonly outcome: string;
  readonly reason?: string;
  readonly charges: ReadonlyArray<{ readonly id: string; readonly amount: string }>;
  readonly standing?: string;
  readonly corrections?: ReadonlyArray<{
    readonly status: string;
    readonly reason: string;
    readonly adjustments: ReadonlyArray<{ readonly amount: string; readonly corrects: string }>;
  }>;
}

const SOURCE = 'void';
const earlier = completeMonth(2);
const later = completeMonth(1);

let stack: Stack;
let tenant: Tenant;
let firstRun: string;
let secondRun: string;

/**
 * Clips cost 0.01 a second up to 100 and 0.005 from there. In the month before last `vera`, who is billed, watches 150, 50
 * and 10 seconds, and `vic` 100, paid by a grant. Before that month is closed the 150 are voided by a command, the 10
 * corrected to 60 by an event, and vic's 100 voided by an event; after it, the 50 are corrected to 10.
 */
beforeAll(async () => {
  const shared = await sharedStack();
  stack = shared.stack;
  tenant = await newTenant(shared.place);
  const { door } = tenant;
  await door.must('POST', '/v1/prices', {
    key: 'clips',
    meter: 'clips',
    currency: 'USD',
    effectiveFrom: '2020-01-01T00:00:00Z',
    description: 'A second of a clip',
    model: {
      kind: 'graduated',
      tiers: [{ upTo: '100', unitPrice: '0.01' }, { unitPrice: '0.005' }],
    },
    split: [{ creator: { property: '/creator' }, shareBps: 7_000 }],
  });
  await door.must('PUT', '/v1/customers/vic', { funding: 'prepaid' });
  await until('wallets knows the customer', async () => {
    const made = await door.ask('POST', '/v1/customers/vic/grants', {
      amount: { amount: '5.00', currency: 'USD' },
      kind: 'paid',
      effectiveFrom: earlier.from.toISOString(),
    });
    return made.status === 201;
  });
  await door.sendBatch([
    clip('vera-1', 150, { time: onDay(earlier, 1) }),
    clip('vera-2', 50, { time: onDay(earlier, 2) }),
    clip('vera-3', 10, { time: onDay(earlier, 3) }),
    clip('vic-1', 100, { time: onDay(earlier, 4) }),
  ]);
  await untilEnded(door, SOURCE, 4);
  await command('void', { id: 'vera-1' });
  await door.sendBatch([
    clip('vera-c', 60, { time: onDay(earlier, 3), farthingcorrects: 'vera-3' }),
    clip('vic-v', 0, { farthingvoids: 'vic-1' }),
    clip('vera-x', 0, { farthingvoids: 'vera-9' }),
  ]);
  expect(await untilEnded(door, SOURCE, 7)).toEqual({ applied: 6, rejected: 1 });
  firstRun = (await closeBefore(door, earlier.to)).id;
  await command('correct', { id: 'vera-2', data: { seconds: 10, creator: 'eve' } });
  await door.sendBatch([clip('vera-5', 100, { time: onDay(later, 1) })]);
  await untilEnded(door, SOURCE, 8);
  secondRun = (await closeBefore(door, later.to)).id;
});

function clip(id: string, seconds: number, changes: Record<string, unknown>) {
  const subject = id.split('-')[0]!;
  const data = { seconds, creator: 'ada' };
  return usageEvent({ id, source: SOURCE, type: 'clip.watched', subject, data, ...changes });
}

function fateOf(id: string): Promise<Fate> {
  return tenant.door.must('GET', `/v1/event-fates?source=${SOURCE}&id=${id}`) as Promise<Fate>;
}

/** Asks for it, and waits until it was applied. */
async function command(kind: 'void' | 'correct', body: Record<string, unknown>): Promise<void> {
  const asked = await tenant.door.ask('POST', `/v1/event-fates/${kind}`, {
    source: SOURCE,
    reason: 'misread',
    ...body,
  });
  expect(asked).toMatchObject({ status: 202, body: { source: SOURCE, id: body.id } });
  const location = asked.headers.get('location')!;
  await until('it is applied', async () => {
    const fate = (await tenant.door.must('GET', location)) as Fate;
    return fate.standing === (kind === 'void' ? 'voided' : 'corrected');
  });
}

function ask(kind: string, body: Record<string, unknown>): Promise<Answer> {
  const named = { source: SOURCE, reason: 'x', ...body };
  return tenant.door.ask('POST', `/v1/event-fates/${kind}`, named);
}

function refund(id: string): Promise<Answer> {
  return tenant.door.ask('POST', `/v1/charges/${id}/refund`, { reason: 'x' });
}

async function statementOf(run: string, customer: string): Promise<string> {
  const statements = await tenant.door.list<StatementSummary>(`/v1/statements?run=${run}`);
  const { id } = statements.find((statement) => statement.customer === customer)!;
  return (await tenant.door.request('GET', `/v1/statements/${id}/file`)).text;
}

async function leavesOf(run: string, customer: string): Promise<Record<string, unknown>[]> {
  const lines = (await statementOf(run, customer)).trimEnd().split('\n').slice(1);
  return lines.map((line) => (JSON.parse(line) as { leaf: Record<string, unknown> }).leaf);
}

describe('the fate of an event', () => {
  it('that was voided by a command says so, with what it gave back', async () => {
    const fate = await fateOf('vera-1');
    expect(fate).toMatchObject({
      outcome: 'applied',
      standing: 'voided',
      charges: [{ amount: '1.250000000' }],
      corrections: [
        {
          status: 'voided',
          reason: 'misread',
          adjustments: [{ corrects: fate.charges[0]!.id, amount: '-0.950000000' }],
        },
      ],
    });
  });

  it('that was corrected by an event says so, and the other has the adjustments as its charges', async () => {
    const fate = await fateOf('vera-3');
    const adjustments = [{ amount: '-0.100000000' }, { amount: '0.550000000' }];
    expect(fate).toMatchObject({
      standing: 'corrected',
      corrections: [{ status: 'corrected', adjustments }],
    });
    expect(await fateOf('vera-c')).toMatchObject({ outcome: 'applied', charges: adjustments });
    expect(await fateOf('vera-x')).toMatchObject({
      outcome: 'rejected',
      reason: 'event_not_found',
    });
  });
});

describe('what is refused at once', () => {
  it.each([
    ['void', { id: 'vera-1' }, 409, 'event_voided'],
    ['correct', { id: 'vera-1', data: { seconds: 1 } }, 409, 'event_voided'],
    ['void', { id: 'vera-9' }, 404, 'event_not_found'],
    // It was applied, and its charges are of the events that it corrected.
    ['void', { id: 'vera-c' }, 409, 'event_without_charges'],
    ['correct', { id: 'vera-2', data: { seconds: -1 } }, 422, 'data_not_metered'],
    ['correct', { id: 'vera-2', data: { seconds: 0.5 } }, 422, 'data_not_metered'],
  ])('%s %j', async (kind, body, status, code) => {
    expect(await ask(kind, body)).toMatchObject({ status, body: { code } });
  });

  it('is the refund of a voided event, and the void of a refunded one', async () => {
    const { charges } = await fateOf('vera-1');
    expect(await refund(charges[0]!.id)).toMatchObject({
      status: 409,
      body: { code: 'event_voided' },
    });
    const { id } = (await fateOf('vera-5')).charges[0]!;
    expect(await refund(id)).toMatchObject({ status: 202 });
    for (const kind of ['void', 'correct']) {
      const body = { id: 'vera-5', ...(kind === 'correct' && { data: { seconds: 1 } }) };
      expect(await ask(kind, body)).toMatchObject({
        status: 409,
        body: { code: 'charge_refunded' },
      });
    }
  });

  it('is what another tenant asks for, or a key that may not bill', async () => {
    const { place } = await sharedStack();
    const other = await newTenant(place);
    const body = { source: SOURCE, id: 'vera-2', reason: 'x' };
    expect(await other.door.ask('POST', '/v1/event-fates/void', body)).toMatchObject({
      status: 404,
      body: { code: 'event_not_found' },
    });
    const { door } = tenant;
    const reader = await newKey(door, { scopes: ['usage:read', 'events:write'] });
    const answer = await fetch(new URL('/v1/event-fates/void', door.baseUrl), {
      method: 'POST',
      headers: { authorization: `Bearer ${reader}`, 'content-type': 'application/json' },
      body: JSON.stringify(body),
    });
    expect(answer.status).toBe(403);
  });
});

describe('the bills', () => {
  it('have it in the statement of its period before the close', async () => {
    const leaves = await leavesOf(firstRun, 'vera');
    expect(leaves.map(({ kind, event, amount }) => [kind, event, amount])).toEqual([
      ['usage', 'vera-1', '1.250000000'],
      ['usage', 'vera-2', '0.250000000'],
      ['usage', 'vera-3', '0.050000000'],
      ['adjustment', 'vera-1', '-0.950000000'],
      ['adjustment', 'vera-3', '-0.100000000'],
      ['adjustment', 'vera-3', '0.550000000'],
    ]);
    const invoices = await tenant.door.list<InvoiceSummary>(`/v1/invoices?run=${firstRun}`);
    expect(invoices.find(({ customer }) => customer === 'vera')).toMatchObject({
      net: '1.050000000',
    });
  });

  it('have it in the next period after the close, of the usage period that it corrects', async () => {
    const leaves = await leavesOf(secondRun, 'vera');
    expect(leaves.map(({ kind, event, amount }) => [kind, event, amount])).toEqual([
      ['adjustment', 'vera-2', '-0.450000000'],
      ['adjustment', 'vera-2', '0.100000000'],
      ['usage', 'vera-5', '1.000000000'],
    ]);
    expect(leaves[1]).toMatchObject({
      quantityBefore: '60.000000000',
      quantityAfter: '70.000000000',
      shares: [{ creator: 'eve', amount: '0.070000000' }],
    });
    expect(leaves[1]!.usageFrom).not.toBe(leaves[1]!.bookingFrom);
    const invoices = await tenant.door.list<InvoiceSummary>(`/v1/invoices?run=${secondRun}`);
    expect(invoices.find(({ customer }) => customer === 'vera')).toMatchObject({
      net: '0.650000000',
    });
  });

  it('verify', async () => {
    const file = join(await mkdtemp(join(tmpdir(), 'farthing-')), 'statement.ndjson');
    for (const run of [firstRun, secondRun]) {
      await writeFile(file, await statementOf(run, 'vera'));
      expect(await farthing(['verify', file], { env: {} })).toMatchObject({ code: 0 });
    }
  });
});

describe('farthing events void', () => {
  it('says what the event came to, and takes it back when told so', async () => {
    await tenant.door.sendBatch([clip('vera-6', 20, { time: onDay(later, 2) })]);
    await untilEnded(tenant.door, SOURCE, 9);
    const env = { FARTHING_URL: tenant.door.baseUrl, FARTHING_API_KEY: tenant.door.key! };
    const run = (verb: string, ...more: string[]) =>
      farthing(
        ['events', verb, '--source', SOURCE, '--id', 'vera-6', '--reason', 'misread', ...more],
        { env },
      );
    const dry = await run('void');
    expect(dry).toMatchObject({ code: 4 });
    expect(dry.stdout).toMatch(/charged +clips +100 +120 +0\.100000000 USD/);
    const corrected = await run('correct', '--data', '{"seconds":"30.5"}', '--yes');
    expect(corrected).toMatchObject({ code: 0 });
    expect(corrected.stdout).toMatch(/corrected +clips +100 +130\.5 +0\.152500000 USD/);
    const done = await run('void', '--yes');
    expect(done).toMatchObject({ code: 0 });
    expect(done.stdout).toMatch(/voided +clips +130\.5 +100 +-0\.152500000 USD/);
    const again = await run('void', '--yes');
    expect(again).toMatchObject({ code: 1 });
    expect(again.stderr).toContain('event_voided');
  });
});

describe('the books', () => {
  it('give the money back to the grant that paid', async () => {
    await until('wallets applied the void', async () => {
      const [grant] = await tenant.door.list<{ remaining: { amount: string } }>(
        '/v1/customers/vic/grants',
      );
      return grant!.remaining.amount === '5.000000000';
    });
  });

  it('satisfy the auditor, and the log comes to the same', async () => {
    const { code, findings } = await auditOf(stack);
    expect(violatedOf(findings)).toEqual({});
    expect(code).toBe(0);
    const priced = await pricedFromLog(stack, tenant.id);
    // 1.05 of the first month, -0.35 of its correction, 1.00 and its refund.
    expect(priced).toMatchObject({
      events: 9,
      charges: 16,
      totals: [{ currency: 'USD', amount: '0.700000000' }],
    });
  });
});
