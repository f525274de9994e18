import { afterAll, beforeAll, expect, it } from 'vitest';
import { until } from '@farthing/testing/until';
import pg from 'pg';
import { closeBefore } from '../stack/cycle-run.js';
import { farthing, type CommandResult } from '../stack/farthing-command.js';
import { newTenant, type Tenant } from '../stack/tenant.js';
import { startOnSharedServers, type TestStack } from '../stack/test-stack.js';
import { completeMonth, onDay, untilEnded, usageEvent } from '../stack/usage-event.js';

interface ChargeSummary {
  readonly id: string;
  readonly event?: string;
  readonly refund?: { readonly status: string };
}

const earlier = completeMonth(2);
const later = completeMonth(1);
const SOURCE = 'replay';
const PERIOD = ['--from', earlier.from.toISOString(), '--to', later.to.toISOString()];

let running: TestStack;
let tenant: Tenant;
let sent = 0;

/**
 * Two closed months of several prices, a minimum, an unlock and distinct values: with events that come twice, that are
 * voided, corrected and late, a refund before a close and one after, a price that changes, and a rating that starts
 * again. Another tenant uses something, too.
 */
beforeAll(async () => {
  running = await startOnSharedServers({ environment: { FARTHING_SESSION_TIMEOUT: '6s' } });
  tenant = await newTenant(running.place);
  await addPrices();
  const first = [...use('ann', 1, 6), ...use('ben', 1, 4)];
  await send(first);
  await send(first);
  await refund('ann-article.read-1');
  await correct('void', 'ann-ticket.solved-3');
  await closeBefore(tenant.door, earlier.to);
  await running.stack.restart('rating');
  await changePrice();
  await send([
    ...use('ann', 10, 12, earlier),
    ...use('ann', 1, 5, later),
    ...use('cy', 1, 2, later),
  ]);
  await refund('ann-article.read-2');
  await correct('correct', 'ann-clip.watched-2', '--data', '{"creator":"eve","seconds":50}');
  await closeBefore(tenant.door, later.to);
  const other = await newTenant(running.place);
  await other.door.sendBatch([usageEvent({ id: '1', source: SOURCE, time: onDay(later, 3) })]);
  await untilEnded(other.door, SOURCE, 1);
});

afterAll(() => running?.close());

async function addPrices(): Promise<void> {
  const { door } = tenant;
  await door.must('PUT', '/v1/meters/issues', {
    eventTypes: ['issue.opened'],
    aggregation: 'count',
    dimensions: [{ name: 'issue', pointer: '/issue' }],
  });
  await door.must('POST', '/v1/prices', {
    ...price('issues'),
    model: { kind: 'unlock', item: 'issue', unitPrice: '0.5', days: 20 },
  });
  await door.must('PUT', '/v1/meters/tickets', {
    eventTypes: ['ticket.solved'],
    aggregation: 'count',
  });
  await door.must('POST', '/v1/prices', {
    ...price('tickets'),
    model: { kind: 'per_unit', unitPrice: '2' },
    minimum: '30.00',
  });
  await door.must('PUT', '/v1/meters/faces', {
    eventTypes: ['picture.viewed'],
    aggregation: 'unique',
    value: '/creator',
  });
  await door.must('POST', '/v1/prices', {
    ...price('faces'),
    model: { kind: 'per_unit', unitPrice: '1' },
  });
  const prices = ['articles', 'clips', 'faces', 'issues', 'pictures', 'tickets'];
  await door.must('PUT', '/v1/plans/reader', { prices });
}

/** Of a day in the middle of the later month on. */
async function changePrice(): Promise<void> {
  await tenant.door.must('POST', '/v1/prices', {
    ...price('articles'),
    effectiveFrom: onDay(later, 3),
    model: { kind: 'graduated', tiers: [{ upTo: '4', unitPrice: '0.3' }, { unitPrice: '0.01' }] },
  });
}

function price(key: string) {
  return {
    key,
    meter: key,
    currency: 'USD',
    effectiveFrom: '2020-01-01T00:00:00Z',
    description: key,
    split: [{ creator: { property: '/creator' }, shareBps: 7_000 }],
  };
}

const TYPES = ['article.read', 'clip.watched', 'issue.opened', 'picture.viewed', 'ticket.solved'];

/** Each day something of each type. */
function use(subject: string, from: number, to: number, month = earlier) {
  const days = Array.from({ length: to - from + 1 }, (_, at) => from + at);
  const name = month === earlier ? subject : `later-${subject}`;
  return days.flatMap((day) =>
    TYPES.map((type) =>
      usageEvent({
        id: `${name}-${type}-${day}`,
        source: SOURCE,
        type,
        subject,
        time: onDay(month, day),
        data: { creator: day % 2 === 0 ? 'ada' : 'ben', seconds: day, issue: 'may' },
      }),
    ),
  );
}

async function send(events: ReturnType<typeof use>): Promise<void> {
  await tenant.door.sendBatch(events);
  sent += events.length;
  await untilEnded(tenant.door, SOURCE, sent);
}

async function refund(event: string): Promise<void> {
  const { door } = tenant;
  const charges = await door.list<ChargeSummary>('/v1/charges?customer=ann');
  const { id } = charges.find((charge) => charge.event === event)!;
  await door.must('POST', `/v1/charges/${id}/refund`, { reason: 'misread' });
  await until('the refund is applied', async () => {
    const charge = (await door.must('GET', `/v1/charges/${id}`)) as ChargeSummary;
    return charge.refund?.status === 'refunded';
  });
}

async function correct(kind: string, id: string, ...rest: string[]): Promise<void> {
  const env = { FARTHING_URL: tenant.door.baseUrl, FARTHING_API_KEY: tenant.door.key! };
  const event = ['--source', SOURCE, '--id', id, '--reason', 'misread'];
  expect(await farthing(['events', kind, ...event, ...rest, '--yes'], { env })).toMatchObject({
    code: 0,
  });
}

function replay(...words: string[]): Promise<CommandResult> {
  const { stack } = running;
  return farthing(['replay', ...words], {
    env: {
      FARTHING_AUDITOR_URL: stack.databases.auditor,
      FARTHING_SCRATCH_URL: stack.adminUrl,
      FARTHING_KAFKA_BROKERS: stack.brokers,
      FARTHING_TOPIC_PREFIX: stack.topicPrefix,
    },
  });
}

async function reportOf(...words: string[]): Promise<Record<string, unknown>> {
  const { stdout, stderr, code } = await replay(...words, '--json');
  if (stdout === '') throw new Error(`replay ended with ${code}: ${stderr}`);
  return { code, ...(JSON.parse(stdout) as object) };
}

async function rows<Row extends object>(sql: string): Promise<Row[]> {
  const client = new pg.Client({ connectionString: running.stack.adminUrl });
  await client.connect();
  try {
    return (await client.query<Row>(sql)).rows;
  } finally {
    await client.end();
  }
}

const SAME = { code: 0, differing: 0, missing: 0, extra: 0, first: [] };

it('comes to the same charges, byte for byte, and leaves nothing behind', async () => {
  const [{ charges }] = (await rows<{ charges: number }>(
    'select count(*)::integer as charges from rating.charges',
  )) as [{ charges: number }];
  const report = await reportOf(...PERIOD);
  expect(report).toMatchObject({ ...SAME, stored: charges, replayed: charges, identical: charges });
  const kinds = await rows<{ kind: number }>('select distinct kind from rating.charge_rows');
  expect(kinds.map(({ kind }) => kind).toSorted()).toEqual([1, 2, 3]);
  const { stdout, stderr, code } = await replay(...PERIOD);
  expect(stdout).toContain('the charges are identical, byte for byte');
  expect(stderr).toMatch(/(\d+) of \1 records of the log were rated again/);
  expect(code).toBe(0);
  expect(await rows(`select from pg_database where datname like 'farthing\\_replay\\_%'`)).toEqual(
    [],
  );
});

it('compares one month, or one tenant', async () => {
  const month = ['--from', later.from.toISOString(), '--to', later.to.toISOString()];
  const both = await reportOf(...month);
  const one = await reportOf(...month, '--tenant', tenant.id);
  expect([both, one]).toMatchObject([SAME, SAME]);
  expect(Number(one.stored)).toBe(Number(both.stored) - 1);
});

it('finds what was changed, by its charge', async () => {
  const [row] = await rows<{ id: string; amount: string }>(
    `select amount,
            format('chg_%s-%s-%s-%s-%s', generation, partition, log_offset, event_index, n) as id
       from rating.charge_rows where kind = 1 and amount > 0 order by log_offset desc limit 1`,
  );
  const { id, amount } = row!;
  const [, partition, offset, index, n] = id.slice('chg_'.length).split('-');
  const where = `partition = ${partition} and log_offset = ${offset} and event_index = ${index} and n = ${n}`;
  await rows(`update rating.charge_rows set amount = amount + 1 where ${where}`);
  try {
    expect(await reportOf(...PERIOD)).toMatchObject({
      code: 1,
      differing: 1,
      missing: 0,
      extra: 0,
      first: [
        {
          charge: id,
          what: 'differing',
          columns: ['amount'],
          stored: { amount: String(BigInt(amount) + 1n) },
          replayed: { amount },
        },
      ],
    });
    const { stdout, code } = await replay(...PERIOD);
    expect(stdout).toMatch(
      new RegExp(`${id} +differing +amount +${BigInt(amount) + 1n} +${amount}`),
    );
    expect(code).toBe(1);
  } finally {
    await rows(`update rating.charge_rows set amount = amount - 1 where ${where}`);
  }
  expect(await reportOf(...PERIOD)).toMatchObject(SAME);
});

it('says how it is used', async () => {
  expect(await replay('--from', 'yesterday', '--to', '2026-01-01T00:00:00Z')).toMatchObject({
    code: 2,
    stderr: expect.stringContaining('RFC 3339') as string,
  });
  expect(await farthing(['replay', ...PERIOD])).toMatchObject({
    code: 2,
    stderr: expect.stringContaining('no --database and no FARTHING_AUDITOR_URL') as string,
  });
  expect(await replay()).toMatchObject({ code: 2 });
});
