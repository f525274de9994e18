import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { until } from '@farthing/testing/until';
import { closeBefore, type InvoiceSummary, type StatementSummary } from '../stack/cycle-run.js';
import {
  auditOf,
  farthing,
  pricedFromLog,
  violatedOf,
  type CommandResult,
} from '../stack/farthing-command.js';
import { newKey, newTenant, type Tenant } from '../stack/tenant.js';
import { sharedStack } from '../stack/test-stack.js';
import { completeMonth, onDay, untilEnded, usageEvent } from '../stack/usage-event.js';

let folder: string;
let tenant: Tenant;
let articles: Record<string, unknown>;

const month = completeMonth(1);
const PERIOD = ['--from', month.from.toISOString(), '--to', month.to.toISOString()];

/** In the last month `many` read twelve articles at 0.25, the first six by `ada`, and `=few` three by `ben`. */
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'farthing-rerate-'));
  tenant = await newTenant((await sharedStack()).place);
  await tenant.door.sendBatch([...read('many', 12), ...read('=few', 3)]);
  expect(await untilEnded(tenant.door, 'rerate', 15)).toEqual({ applied: 15 });
  const { stdout } = await command('--json', 'prices', 'export');
  const book = JSON.parse(stdout) as { prices: Array<Record<string, unknown>> };
  articles = book.prices.find(({ key }) => key === 'articles')!;
});

afterAll(() => rm(folder, { recursive: true, force: true }));

function read(subject: string, count: number) {
  return Array.from({ length: count }, (_, at) =>
    usageEvent({
      id: `${subject}-${at}`,
      source: 'rerate',
      subject,
      time: onDay(month, at + 1),
      data: { creator: subject === 'many' && at < 6 ? 'ada' : 'ben' },
    }),
  );
}

function command(...words: string[]): Promise<CommandResult> {
  const env = { FARTHING_URL: tenant.door.baseUrl, FARTHING_API_KEY: tenant.door.key ?? '' };
  return farthing(words, { env });
}

async function bookWith(changes: object): Promise<string> {
  const file = join(folder, 'book.json');
  const { stdout } = await command('--json', 'prices', 'export');
  const book = JSON.parse(stdout) as { prices: object[] };
  book.prices.push({ ...articles, ...changes });
  await writeFile(file, JSON.stringify(book));
  return file;
}

/** The first five cost 0.30, the others 0.10; in force since the fourth day of the month. */
const CHEAPER = {
  effectiveFrom: onDay(month, 4),
  model: {
    kind: 'graduated',
    tiers: [{ upTo: '5', unitPrice: '0.30' }, { unitPrice: '0.10' }],
  },
};

it('finds nothing to change while the prices are the same', async () => {
  const { code, stdout, stderr } = await command('rerate', ...PERIOD);
  expect(stderr).toMatch(/^re-rating [0-9a-f-]{36}: go on/);
  expect(stdout).toContain('0 of 15 charges would be another amount');
  expect(code).toBe(0);
});

it('says per price, customer and creator what a book would have cost, and changes nothing', async () => {
  const file = await bookWith(CHEAPER);
  const csv = join(folder, 'changes.csv');
  const { code, stdout } = await command('rerate', ...PERIOD, '--book', file, '--csv', csv);
  expect(code).toBe(4);
  // Of twelve the fourth and fifth cost 0.05 more and seven 0.15 less.
  expect(stdout).toContain('9 of 15 charges would be another amount');
  expect(stdout).toMatch(/articles +USD +15 +9 +3\.750000000 +2\.800000000 +-0\.950000000/);
  expect(stdout).toMatch(/many +USD +12 +9 +3\.000000000 +2\.050000000 +-0\.950000000/);
  expect(stdout).toMatch(/ben +USD +9 +6 +1\.575000000 +0\.945000000 +-0\.630000000/);
  expect(stdout).toMatch(/ada +USD +6 +3 +1\.050000000 +1\.015000000 +-0\.035000000/);
  const lines = (await readFile(csv, 'utf8')).trimEnd().split('\r\n');
  expect(lines).toHaveLength(10);
  expect(lines[0]).toBe(
    'charge,customer,price,priceVersion,cell,usageFrom,currency,before,after,difference',
  );
  expect(lines[1]).toMatch(
    /^chg_[\d-]+,many,articles,\d,,\d{4}-[^,]+Z,USD,0\.250000000,0\.300000000,0\.050000000$/,
  );
  const again = await command('--json', 'rerate', ...PERIOD);
  expect(JSON.parse(again.stdout)).toMatchObject({ changed: 0 });
});

it('escapes what a spreadsheet would run, and filters by customer', async () => {
  const file = await bookWith({
    effectiveFrom: '2020-02-01T00:00:00Z',
    model: { kind: 'per_unit', unitPrice: '1' },
  });
  const csv = join(folder, 'few.csv');
  const filter = ['--customer', '=few', '--price', 'articles'];
  const { stdout } = await command('rerate', ...PERIOD, ...filter, '--book', file, '--csv', csv);
  expect(stdout).toContain('3 of 3 charges would be another amount');
  const [, first] = (await readFile(csv, 'utf8')).split('\r\n');
  expect(first).toMatch(/^chg_[\d-]+,'=few,articles,.*,0\.250000000,1\.000000000,0\.750000000$/);
});

it('prices by a version that was made meanwhile with an effective date in the past', async () => {
  const { effectiveFrom, model } = CHEAPER;
  await tenant.door.must('POST', '/v1/prices', { ...articles, effectiveFrom, model });
  const { stdout } = await command('--json', 'rerate', ...PERIOD, '--limit', '1');
  expect(JSON.parse(stdout)).toMatchObject({
    state: 'finished',
    charges: 15,
    changed: 9,
    prices: [{ price: 'articles', before: '3.750000000', after: '2.800000000' }],
    customers: [{ customer: 'many', difference: '-0.950000000' }],
    notReRated: [],
  });
});

it('says how many charges only the log could say more of', async () => {
  const file = await bookWith({
    effectiveFrom: onDay(month, 10),
    split: [{ creator: { property: '/author' }, shareBps: 5_000 }],
  });
  const { stdout } = await command('rerate', ...PERIOD, '--book', file);
  expect(stdout).toContain(
    'left as they are, since the version in force pays a creator whom the charge does not name: 3 charges of 0.750000000 USD',
  );
});

it('refuses what is no period and what is no price, and shows another tenant nothing', async () => {
  const { from, to } = { from: month.from.toISOString(), to: month.to.toISOString() };
  const door = tenant.door;
  const backwards = await door.ask('POST', '/v1/re-ratings', { from: to, to: from });
  expect(backwards).toMatchObject({ status: 400, body: { errors: [{ code: 'empty_period' }] } });
  const candidates = [{ ...articles, model: { kind: 'graduated', tiers: [] } }];
  const faulty = await door.ask('POST', '/v1/re-ratings', { from, to, candidates });
  expect(faulty).toMatchObject({
    status: 422,
    body: { code: 'candidate_with_faults', errors: [{ pointer: '/candidates/0/model/tiers' }] },
  });
  const ours = (await door.must('POST', '/v1/re-ratings', { from, to })) as { id: string };
  const theirs = await newTenant((await sharedStack()).place);
  for (const path of ['', '/sums?of=customer', '/differences']) {
    const answer = await theirs.door.ask('GET', `/v1/re-ratings/${ours.id}${path}`);
    expect(answer).toMatchObject({ status: 404, body: { code: 're_rating_not_found' } });
  }
});

describe('applied', () => {
  const early = completeMonth(2);
  let owner: Tenant;
  let diff: string;

  /** Two months of ada's articles at 0.25: anna reads four of `early`, which is closed, and two of `month`. */
  beforeAll(async () => {
    owner = await newTenant((await sharedStack()).place);
    const events = [1, 2, 3, 4].map((day) => articleRead('anna', day, early));
    await owner.door.sendBatch([
      ...events,
      ...[1, 2].map((day) => articleRead('anna', day, month)),
    ]);
    await untilEnded(owner.door, 'apply', 6);
    await closeBefore(owner.door, early.to);
    await owner.door.must('POST', '/v1/prices', {
      ...articles,
      effectiveFrom: onDay(early, 3),
      model: { kind: 'per_unit', unitPrice: '0.15' },
    });
    const begun = await own('--json', 'rerate', '--from', early.from.toISOString(), '--to', TO);
    ({ id: diff } = JSON.parse(begun.stdout) as { id: string });
    expect(JSON.parse(begun.stdout)).toMatchObject({ charges: 6, changed: 4 });
  });

  const TO = month.to.toISOString();

  function articleRead(subject: string, day: number, of: typeof month) {
    const id = `${subject}-${of.from.getUTCMonth()}-${day}`;
    return usageEvent({ id, source: 'apply', subject, time: onDay(of, day) });
  }

  function own(...words: string[]): Promise<CommandResult> {
    const env = { FARTHING_URL: owner.door.baseUrl, FARTHING_API_KEY: owner.door.key ?? '' };
    return farthing(words, { env });
  }

  interface Charge {
    readonly id: string;
    readonly kind: string;
    readonly event: string;
    readonly corrects?: string;
    readonly amount: string;
  }

  const chargesOfAnna = () => owner.door.list<Charge>('/v1/charges?customer=anna');

  it('says what it would do, and does it when told so', async () => {
    const dry = await own('rerate', '--apply', diff);
    expect(dry).toMatchObject({ code: 4 });
    expect(dry.stdout).toContain('4 of 6 charges would be another amount');
    expect(dry.stderr).toContain(`--apply ${diff} --yes corrects 4 charges`);
    expect(await chargesOfAnna()).toHaveLength(6);
    const done = await own('rerate', '--apply', diff, '--yes');
    expect(done.stderr).not.toContain('left out');
    expect(done).toMatchObject({ code: 0 });
    expect(done.stdout).toContain('4 charges corrected');
    const charges = await chargesOfAnna();
    const made = charges.filter(({ kind }) => kind === 'adjustment');
    const [third] = charges.filter(({ event }) => event === `anna-${early.from.getUTCMonth()}-3`);
    expect(made.map(({ amount }) => amount)).toEqual(
      Array.from({ length: 4 }, () => '-0.100000000'),
    );
    expect(made.find(({ corrects }) => corrects === third!.id)).toMatchObject({
      event: third!.event,
    });
  });

  it('changes nothing when it is applied again, or when another diff saw the same', async () => {
    const again = await own('rerate', '--apply', diff, '--yes');
    expect(again.stdout).toContain('4 charges corrected');
    const refused = await owner.door.ask('POST', `/v1/re-ratings/${diff}/apply`);
    expect(refused).toMatchObject({ status: 409, body: { code: 're_rating_already_applied' } });
    expect(await chargesOfAnna()).toHaveLength(10);
    const after = await own('--json', 'rerate', '--from', early.from.toISOString(), '--to', TO);
    const { id, changed } = JSON.parse(after.stdout) as { id: string; changed: number };
    expect(changed).toBe(0);
    const nothing = await owner.door.ask('POST', `/v1/re-ratings/${id}/apply`);
    expect(nothing).toMatchObject({ status: 409, body: { code: 'nothing_to_apply' } });
  });

  it('is refused by a price book, of another tenant, and to a key that may not bill', async () => {
    const candidates = [{ ...articles, effectiveFrom: onDay(early, 4) }];
    const period = { from: early.from.toISOString(), to: TO };
    const asked = await owner.door.must('POST', '/v1/re-ratings', { ...period, candidates });
    const { id } = asked as { id: string };
    await own('rerate', '--id', id);
    const byBook = await owner.door.ask('POST', `/v1/re-ratings/${id}/apply`);
    expect(byBook).toMatchObject({ status: 409, body: { code: 'candidates_not_imported' } });
    const theirs = await tenant.door.ask('POST', `/v1/re-ratings/${diff}/apply`);
    expect(theirs).toMatchObject({ status: 404, body: { code: 're_rating_not_found' } });
    const reader = await newKey(owner.door, { scopes: ['usage:read'] });
    const answer = await fetch(new URL(`/v1/re-ratings/${diff}/apply`, owner.door.baseUrl), {
      method: 'POST',
      headers: { authorization: `Bearer ${reader}` },
    });
    expect(answer.status).toBe(403);
  });

  it('corrects the bill of the open period, and that of a sealed one in the next', async () => {
    const { id: run } = await closeBefore(owner.door, month.to);
    const [invoice] = await owner.door.list<InvoiceSummary>(`/v1/invoices?run=${run}`);
    // Two articles at 0.15, and two of the sealed month that cost 0.10 too much.
    expect(invoice).toMatchObject({ customer: 'anna', net: '0.100000000' });
    const [statement] = await owner.door.list<StatementSummary>(`/v1/statements?run=${run}`);
    const { text } = await owner.door.request('GET', `/v1/statements/${statement!.id}/file`);
    const file = join(folder, 'applied.jsonl');
    await writeFile(file, text);
    expect(await own('verify', file)).toMatchObject({ code: 0 });
  });

  it('moves the shares of the creators, and the books stay right', async () => {
    // Two articles at 0.25 and four at 0.15, of which ada gets 70 %.
    await until('wallets posted the corrections', async () => {
      const { balances } = (await owner.door.must('GET', '/v1/creators/ada/balance')) as {
        balances: Array<{ amount: string }>;
      };
      return balances[0]!.amount === '0.770000000';
    });
    const { stack } = await sharedStack();
    const priced = await pricedFromLog(stack, owner.id);
    expect(priced).toMatchObject({
      events: 6,
      charges: 10,
      totals: [{ currency: 'USD', amount: '1.100000000' }],
    });
    const { code, findings } = await auditOf(stack);
    expect(violatedOf(findings)).toEqual({});
    expect(code).toBe(0);
  });
});
