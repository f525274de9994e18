import { afterAll, beforeAll, expect, it } from 'vitest';
import pg from 'pg';
import { farthing, type CommandResult } from '../stack/farthing-command.js';
import { newTenant, type Tenant } from '../stack/tenant.js';
import { startOnSharedServers, type TestStack } from '../stack/test-stack.js';
import { onDay, untilEnded, usageEvent } from '../stack/usage-event.js';
import { earlier, hourEnd, later, SOURCE, tenantOfTwoMonths } from './two-months.js';

const PERIOD = ['--from', earlier.from.toISOString(), '--to', hourEnd.toISOString()];

let running: TestStack;
let tenant: Tenant;
let other: Tenant;

/** Another tenant uses something that is not closed. */
beforeAll(async () => {
  running = await startOnSharedServers({ environment: { FARTHING_SESSION_TIMEOUT: '6s' } });
  tenant = await tenantOfTwoMonths(running);
  other = await newTenant(running.place);
  await other.door.sendBatch([usageEvent({ id: '1', source: SOURCE, time: onDay(later, 3) })]);
  await untilEnded(other.door, SOURCE, 1);
});

afterAll(() => running?.close());

function replay(...words: string[]): Promise<CommandResult> {
  return beside('replay', ...words);
}

/** A command that rates the log beside the books. */
function beside(...words: string[]): Promise<CommandResult> {
  const { stack } = running;
  return farthing(words, {
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

const SAME_STATEMENTS = { differing: 0, missing: 0, first: [] };
const SAME = {
  code: 0,
  differing: 0,
  missing: 0,
  extra: 0,
  first: [],
  statements: SAME_STATEMENTS,
};

it('comes to the same charges and statements, byte for byte, and leaves nothing behind', async () => {
  const [{ charges, sealed }] = (await rows(`
    select (select count(*)::integer from rating.charges) as charges,
           (select count(*)::integer from invoicing.run_statements) as sealed`)) as [
    { charges: number; sealed: number },
  ];
  const report = await reportOf(...PERIOD);
  expect(report).toMatchObject({ ...SAME, stored: charges, replayed: charges, identical: charges });
  expect(report.statements).toEqual({ ...SAME_STATEMENTS, sealed, identical: sealed });
  const { stdout, stderr, code } = await replay(...PERIOD);
  expect(stdout).toContain('the charges are identical, byte for byte');
  expect(stdout).toContain('the statements are identical, byte for byte');
  expect(stderr).toMatch(/(\d+) of \1 records of the log were rated again/);
  expect(code).toBe(0);
  expect(await rows(`select from pg_database where datname like 'farthing\\_replay\\_%'`)).toEqual(
    [],
  );
});

/** How many sealed leaves `l.leaf` are so. */
const having = (condition: string) =>
  `(select count(*)::integer from invoicing.statement_charges c, lateral (select leaf::jsonb as leaf) l
       where ${condition})`;

it('has statements of every kind of charge to make again', async () => {
  const [found] = await rows<Record<string, number>>(`select
    ${having(`l.leaf->>'kind' = 'usage'`)} as used,
    ${having(`l.leaf->>'kind' = 'minimum'`)} as minimums,
    ${having(`l.leaf->>'kind' = 'adjustment'`)} as adjusted,
    ${having(`l.leaf->>'kind' = 'usage' and l.leaf->>'usageFrom' <> l.leaf->>'bookingFrom'`)} as late,
    ${having(`l.leaf->>'kind' = 'adjustment' and l.leaf->>'price' = 'pictures'
      and l.leaf->>'usageFrom' <> l.leaf->>'bookingFrom'`)} as rerated,
    ${having(`l.leaf ? 'quoteDifference'`)} as quoted,
    ${having(`l.leaf ? 'eventsBefore'`)} as per_event`);
  expect(Object.entries(found!).filter(([, count]) => count === 0)).toEqual([]);
});

it('compares one month, or one tenant', async () => {
  const month = ['--from', later.from.toISOString(), '--to', later.to.toISOString()];
  const both = await reportOf(...month);
  const one = await reportOf(...month, '--tenant', tenant.id);
  expect([both, one]).toMatchObject([SAME, SAME]);
  expect(Number(one.stored)).toBe(Number(both.stored) - 1);
  // Those of ann are chained on a stored one.
  const [{ sealed }] = (await rows(`select count(*)::integer as sealed from invoicing.statements
    where booking_from_micros < ${later.to.getTime()}000 and booking_to_micros > ${later.from.getTime()}000`)) as [
    { sealed: number },
  ];
  expect(sealed).toBeGreaterThan(2);
  expect(one.statements).toEqual({ ...SAME_STATEMENTS, sealed, identical: sealed });
});

it('says when nothing of a period is sealed', async () => {
  const unsealed = [...PERIOD, '--tenant', other.id];
  expect(await reportOf(...unsealed)).toMatchObject({
    ...SAME,
    stored: 1,
    statements: { ...SAME_STATEMENTS, sealed: 0, identical: 0 },
  });
  expect((await replay(...unsealed)).stdout).toContain('no statement of the period is sealed');
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
      ...SAME,
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

interface SealedLeaf {
  readonly statement: string;
  readonly leaf: string;
}

it('finds a leaf that was changed, by its charge', async () => {
  const where = `leaf like '%"event":"ann-clip.watched-4"%' and leaf like '%"kind":"usage"%'`;
  const [row] = await rows<SealedLeaf>(
    `select statement, leaf from invoicing.statement_charges where ${where}`,
  );
  const { statement, leaf } = row!;
  const { id } = JSON.parse(leaf) as { id: string };
  const change = (from: string, to: string) =>
    rows(`update invoicing.statement_charges set leaf = replace(leaf, '"meter":"${from}"', '"meter":"${to}"')
      where ${where}`);
  await change('clips', 'klips');
  try {
    const report = await reportOf(...PERIOD);
    expect(report).toMatchObject({ code: 1, differing: 0, missing: 0, extra: 0, first: [] });
    expect(report.statements).toMatchObject({
      differing: 1,
      missing: 0,
      first: [
        {
          statement,
          tenant: tenant.id,
          customer: 'ann',
          what: 'leaf',
          charge: id,
          stored: leaf.replace('"meter":"clips"', '"meter":"klips"'),
          replayed: leaf,
        },
      ],
    });
    const { stdout, code } = await replay(...PERIOD);
    expect(stdout).toMatch(new RegExp(`${statement} .* leaf: meter +${id} +klips +clips`));
    expect(code).toBe(1);
  } finally {
    await change('klips', 'clips');
  }
});

it.each([
  [
    'bytes',
    `canonical = replace(canonical, '"v":1}', '"v":2}')`,
    `canonical = replace(canonical, '"v":2}', '"v":1}')`,
  ],
  ['sum', 'sum_nanos = sum_nanos + 1', 'sum_nanos = sum_nanos - 1'],
])('finds a statement by its %s', async (what, plant, undo) => {
  const [row] = await rows<{ statement: string }>(
    `select statement from invoicing.statements where customer = 'ben' order by booking_from_micros limit 1`,
  );
  const { statement } = row!;
  await rows(`update invoicing.statements set ${plant} where statement = '${statement}'`);
  try {
    const report = await reportOf(...PERIOD);
    // The month after it is chained on what was made again, so it is the same.
    expect(report.statements).toMatchObject({ differing: 1, first: [{ statement, what }] });
    expect(report.code).toBe(1);
  } finally {
    await rows(`update invoicing.statements set ${undo} where statement = '${statement}'`);
  }
});

// The last to look at the books: what it does to them stays.
it('finds a statement that is not sealed any more, and one that is not in the tree of its run', async () => {
  const [row] = await rows<{ statement: string; run: string }>(
    `select statement, run from invoicing.statements join invoicing.run_statements using (tenant, statement)
      where customer = 'cy'`,
  );
  const { statement, run } = row!;
  await rows(`update invoicing.run_statements set run = 'none' where statement = '${statement}'`);
  await rows(
    `update invoicing.run_trees set tree = overlay(tree placing '\\x00'::bytea from 1) where run = '${run}'`,
  );
  const { code, statements } = await reportOf(...PERIOD);
  expect(statements).toMatchObject({
    missing: 1,
    first: [{ what: 'run' }, { statement, what: 'missing' }],
  });
  expect(code).toBe(1);
});

it('is metered afresh to the same charges but for those of a price that changed after them', async () => {
  const { stdout, code } = await beside('rerate', '--source', 'log', ...PERIOD, '--json');
  const report = JSON.parse(stdout) as {
    prices: Array<{ price: string; changed: number }>;
    notReRated: Array<{ reason: string }>;
  };
  expect(report).toMatchObject({
    kinds: { otherwise: 7, notCharged: 0, chargedAnew: 0 },
    notCharged: [],
    notMetered: [],
  });
  // Those of the earlier month were re-rated; in the later one seven pictures cost 0.0499 more by now.
  expect(report.prices.filter(({ changed }) => changed > 0)).toMatchObject([
    { tenant: tenant.id, price: 'pictures', changed: 7, difference: '0.349300000' },
  ]);
  const reasons = new Set(report.notReRated.map(({ reason }) => reason));
  expect([...reasons].toSorted()).toEqual(['corrected', 'quoted', 'refunded']);
  expect(code).toBe(4);
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
