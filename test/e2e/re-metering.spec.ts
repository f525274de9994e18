import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import pg from 'pg';
import { farthing, type CommandResult } from '../stack/farthing-command.js';
import { newTenant, type Tenant } from '../stack/tenant.js';
import { sharedStack } from '../stack/test-stack.js';
import { completeMonth, onDay, untilEnded, usageEvent } from '../stack/usage-event.js';

const month = completeMonth(1);
const PERIOD = ['--from', month.from.toISOString(), '--to', month.to.toISOString()];
const SOURCE = 're-meter';

let folder: string;
let tenant: Tenant;

/**
 * `ann` read six articles at 0.25, of which two answered 404, and watched three clips by the second, whose seconds were
 * sent in milliseconds: what counts is `played`, which one of them does not say.
 */
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'farthing-re-meter-'));
  tenant = await newTenant((await sharedStack()).place);
  await tenant.door.sendBatch([
    ...Array.from({ length: 6 }, (_, at) => article(at)),
    ...Array.from({ length: 3 }, (_, at) => clip(at)),
  ]);
  expect(await untilEnded(tenant.door, SOURCE, 9)).toEqual({ applied: 9 });
});

afterAll(() => rm(folder, { recursive: true, force: true }));

function article(at: number) {
  return event('article.read', at, { status: at < 2 ? 404 : 200 });
}

function clip(at: number) {
  return event('clip.watched', at, { seconds: 2_000, ...(at < 2 ? { played: 2 } : {}) });
}

function event(type: string, at: number, data: object) {
  return usageEvent({
    id: `${type}-${at}`,
    source: SOURCE,
    type,
    subject: 'ann',
    time: onDay(month, at + 1),
    data: { creator: at % 2 === 0 ? 'ada' : 'ben', ...data },
  });
}

async function rerate(...words: string[]): Promise<CommandResult> {
  const { stack } = await sharedStack();
  return farthing(['rerate', '--source', 'log', ...words], {
    env: {
      FARTHING_AUDITOR_URL: stack.databases.auditor,
      FARTHING_SCRATCH_URL: stack.adminUrl,
      FARTHING_KAFKA_BROKERS: stack.brokers,
      FARTHING_TOPIC_PREFIX: stack.topicPrefix,
    },
  });
}

async function count(sql: string): Promise<number> {
  const { stack } = await sharedStack();
  const client = new pg.Client({ connectionString: stack.adminUrl });
  await client.connect();
  try {
    return (await client.query<{ count: number }>(sql)).rows[0]!.count;
  } finally {
    await client.end();
  }
}

const CHARGES = 'select count(*)::integer as count from rating.charge_rows';

it('finds nothing to change while the meters are the same', async () => {
  const { code, stdout, stderr } = await rerate(...PERIOD, '--tenant', tenant.id);
  expect(stderr).toMatch(/(\d+) of \1 records of the log were rated again/);
  expect(stdout).toContain('0 of 9 charges would be another amount, or shared otherwise');
  expect(code).toBe(0);
});

it('says what the charges would be by the meters of now, and changes nothing', async () => {
  const { door } = tenant;
  await door.must('PUT', '/v1/meters/articles', {
    eventTypes: ['article.read'],
    aggregation: 'count',
    filter: [{ pointer: '/status', op: 'eq', value: 200 }],
  });
  await door.must('PUT', '/v1/meters/clips', {
    eventTypes: ['clip.watched'],
    aggregation: 'sum',
    value: '/played',
  });
  const before = await count(CHARGES);
  const csv = join(folder, 'changes.csv');
  const { code, stdout, stderr } = await rerate(...PERIOD, '--tenant', tenant.id, '--csv', csv);
  expect(code).toBe(4);
  expect(stderr).toContain(`${csv}: 4 charges`);
  expect(stdout).toContain('4 of 9 charges would be another amount, or shared otherwise');
  expect(stdout).toMatch(/articles +USD +6 +2 +1\.500000000 +1\.000000000 +-0\.500000000/);
  expect(stdout).toMatch(/clips +USD +2 +2 +4\.000000000 +0\.004000000 +-3\.996000000/);
  expect(stdout).toMatch(/ann +USD +8 +4 +5\.500000000 +1\.004000000 +-4\.496000000/);
  expect(stdout).toMatch(/ada +USD +4 +2 +1\.925000000 +0\.351400000 +-1\.573600000/);
  expect(stdout).toContain(
    'left as they are, since the meters of now do not take what the event carries: 1 charges of 2.000000000 USD',
  );
  expect(stdout).toMatch(
    /charged no more, since no meter counts .*: 2 charges of 0\.500000000 USD/,
  );
  expect(stdout).toContain(
    'no longer metered (value_missing at /data/played): 1 events, such as re-meter clip.watched-2',
  );
  const [head, ...lines] = (await readFile(csv, 'utf8')).trimEnd().split('\r\n');
  expect(head).toBe(
    'charge,customer,price,priceVersion,cell,usageFrom,currency,before,after,difference,what,' +
      'quantityBefore,quantityAfter,tenant,source,event',
  );
  const rest = lines.map((line) => line.split(',').slice(7).join(','));
  expect(rest).toEqual([
    `0.250000000,0.000000000,-0.250000000,not_charged,1,0,${tenant.id},re-meter,article.read-0`,
    `0.250000000,0.000000000,-0.250000000,not_charged,1,0,${tenant.id},re-meter,article.read-1`,
    `2.000000000,0.002000000,-1.998000000,changed,2000,2,${tenant.id},re-meter,clip.watched-0`,
    `2.000000000,0.002000000,-1.998000000,changed,2000,2,${tenant.id},re-meter,clip.watched-1`,
  ]);
  expect(lines[0]).toMatch(/^chg_[\d-]+,ann,articles,1,,\d{4}-[^,]+Z,USD,/);
  expect(await count(CHARGES)).toBe(before);
  expect(
    await count(
      `select count(*)::integer as count from pg_database where datname like 'farthing\\_replay\\_%'`,
    ),
  ).toBe(0);
});

it('of one price or customer, for programs, and of all tenants', async () => {
  const one = await rerate(...PERIOD, '--tenant', tenant.id, '--price', 'clips', '--json');
  expect(JSON.parse(one.stdout)).toMatchObject({
    charges: 3,
    changed: 2,
    kinds: { otherwise: 2, notCharged: 0, chargedAnew: 0 },
    notMetered: [{ tenant: tenant.id, code: 'value_missing', events: 1 }],
  });
  const nobody = await rerate(...PERIOD, '--tenant', tenant.id, '--customer', 'ben');
  expect(nobody).toMatchObject({ code: 0 });
  expect(nobody.stdout).toContain('0 of 0 charges');
  const all = await rerate(...PERIOD);
  expect(all.stdout).toMatch(new RegExp(`${tenant.id}/ann +USD +8 +4`));
});

it('is a dry run, and says so', async () => {
  const refused = await rerate('--apply', 'any');
  expect(refused.stderr).toMatch(/^log_diff_not_applied: .*farthing events void/m);
  expect(refused.code).toBe(2);
  expect(await rerate(...PERIOD, '--yes')).toMatchObject({ code: 2 });
  expect(await rerate(...PERIOD, '--book', 'any.yaml')).toMatchObject({
    code: 2,
    stderr: expect.stringContaining('are for a diff from the charges') as string,
  });
  expect(await rerate('--from', 'yesterday', '--to', '2026-01-01T00:00:00Z')).toMatchObject({
    code: 2,
    stderr: expect.stringContaining('RFC 3339') as string,
  });
  expect(await rerate()).toMatchObject({ code: 2 });
  expect(await farthing(['rerate', ...PERIOD, '--tenant', 'any'])).toMatchObject({
    code: 2,
    stderr: expect.stringContaining('--tenant is for --source log') as string,
  });
});
