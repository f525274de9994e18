import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { farthing, type CommandResult } from '../stack/farthing-command.js';
import { newTenant, type Tenant } from '../stack/tenant.js';
import { sharedStack } from '../stack/test-stack.js';

let folder: string;
let file: string;
let tenant: Tenant;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'farthing-book-'));
  file = join(folder, 'prices.yaml');
  tenant = await newTenant((await sharedStack()).place);
});

afterAll(() => rm(folder, { recursive: true, force: true }));

/** `farthing prices …` as the tenant. */
function prices(...words: string[]): Promise<CommandResult> {
  const env = { FARTHING_URL: tenant.door.baseUrl, FARTHING_API_KEY: tenant.door.key ?? '' };
  return farthing(['prices', ...words], { env });
}

/** The catalog version of the last change to anything of the tenant. */
async function lastChange(): Promise<number> {
  const lists = ['meters', 'prices', 'plans'].map((things) =>
    tenant.door.list<{ catalogVersion: number }>(`/v1/${things}`),
  );
  return Math.max(...(await Promise.all(lists)).flat().map(({ catalogVersion }) => catalogVersion));
}

async function edit(change: (text: string) => string): Promise<void> {
  await writeFile(file, change(await readFile(file, 'utf8')));
}

it('exports a book that imports to no change', async () => {
  const before = await lastChange();
  expect(await prices('export', '-o', file)).toMatchObject({ code: 0 });
  expect(await prices('lint', file)).toMatchObject({
    code: 0,
    stdout: '0 errors, 0 warnings\n',
  });
  expect(await prices('diff', file)).toMatchObject({ code: 0, stdout: 'nothing changes\n' });
  expect(await prices('import', file)).toMatchObject({ code: 0, stdout: 'nothing changes\n' });
  expect(await lastChange()).toBe(before);
});

it('reads its own JSON like its YAML', async () => {
  const { stdout } = await prices('--json', 'export');
  const json = join(folder, 'prices.json');
  await writeFile(json, stdout);
  expect(await prices('import', json)).toMatchObject({ code: 0, stdout: 'nothing changes\n' });
});

it('imports what is new once: a meter, versions past and to come, a plan', async () => {
  const before = await lastChange();
  await edit((text) =>
    text
      .replace(
        'meters:\n',
        'meters:\n  - { key: tips, eventTypes: [tip.given], aggregation: sum, value: /amount }\n',
      )
      .replace(
        'prices:\n',
        `prices:
  - { key: tips, meter: tips, currency: USD, effectiveFrom: 2999-01-01T00:00:00Z, description: A tip, model: { kind: per_unit, unitPrice: "1.0" } }
  - { key: articles, meter: articles, currency: USD, effectiveFrom: 2020-06-01T00:00:00+02:00, description: Articles, model: { kind: per_unit, unitPrice: "0.20" }, maximum: "5" }
`,
      )
      .replace(/plans:\n/, 'plans:\n  - { key: supporter, prices: [articles, tips] }\n'),
  );
  const refused = await prices('import', file);
  expect(refused).toMatchObject({ code: 1 });
  expect(refused.stderr).toContain('/prices/0/effectiveFrom timestamp_out_of_range');
  await edit((text) => text.replace('2999', '2199'));

  const dry = await prices('import', file, '--dry-run');
  expect(dry.code).toBe(4);
  expect(dry.stdout).toContain('+ price articles from 2020-05-31T22:00:00.000000Z');
  expect(dry.stdout).toContain('A period costs at most 5.');
  expect(await lastChange()).toBe(before);

  expect(await prices('import', file)).toMatchObject({ code: 0, stderr: '4 changes made\n' });
  const after = await lastChange();
  expect(after).toBeGreaterThan(before);
  expect(await prices('import', file)).toMatchObject({ code: 0, stdout: 'nothing changes\n' });
  expect(await lastChange()).toBe(after);
  expect(await tenant.door.must('GET', '/v1/prices/articles/versions/2')).toMatchObject({
    effectiveFrom: '2020-05-31T22:00:00.000000Z',
    maximum: '5',
  });
  const exported = await prices('export', '-o', file);
  expect(exported.code).toBe(0);
  expect(await prices('diff', file)).toMatchObject({ code: 0, stdout: 'nothing changes\n' });
});

it('changes a version that is there, and an older one back, and each is the last word', async () => {
  const original = await readFile(file, 'utf8');
  for (const text of [original.replace('"0.20"', '"0.21"'), original]) {
    await writeFile(file, text);
    expect((await prices('diff', file)).code).toBe(4);
    expect(await prices('import', file)).toMatchObject({ code: 0, stderr: '1 changes made\n' });
    expect(await prices('diff', file)).toMatchObject({ code: 0, stdout: 'nothing changes\n' });
  }
});

it('shows what was imported in the price list, now and to come', async () => {
  const list = await tenant.door.must('GET', '/v1/price-list?plan=supporter&locale=de');
  expect(list).toMatchObject({
    locale: 'de',
    items: [
      {
        price: 'articles',
        inForce: { words: ['Each unit costs 0,20.', 'A period costs at most 5.'] },
        coming: [],
      },
      { price: 'tips', coming: [{ from: expect.stringContaining('1. Januar 2199') }] },
    ],
  });
});

it('takes a price out of a plan, and deletes nothing that the book leaves out', async () => {
  const book = JSON.parse((await prices('--json', 'export')).stdout) as {
    plans: Array<{ key: string; prices: string[] }>;
    prices: Array<{ key: string }>;
  };
  const fewer = {
    ...book,
    prices: book.prices.filter(({ key }) => key !== 'tips'),
    plans: book.plans.map((plan) => ({
      ...plan,
      prices: plan.prices.filter((key) => key !== 'tips'),
    })),
  };
  await writeFile(file, JSON.stringify(fewer));
  const { stdout, code } = await prices('import', file);
  expect(code).toBe(0);
  expect(stdout).toContain('- plan supporter: tips is taken out');
  expect(stdout).toContain(
    'price tips from 2199-01-01T00:00:00.000000Z is not in the book and stays',
  );
  expect(await prices('diff', file)).toMatchObject({ code: 0 });
  expect(await tenant.door.must('GET', '/v1/prices/tips')).toMatchObject({ version: 1 });
});

it('refuses another currency for a key that exists, and changes nothing', async () => {
  const before = await lastChange();
  const euros = (await readFile(file, 'utf8')).replaceAll('"USD"', '"EUR"');
  await writeFile(file, euros);
  const { stdout, code } = await prices('import', file);
  expect(code).toBe(1);
  expect(stdout).toContain('! price articles: USD would become EUR');
  expect(await lastChange()).toBe(before);
});

it('takes prices that go by the event there and back', async () => {
  await writeFile(
    file,
    `
meters:
  - key: issues
    eventTypes: [issue.opened]
    aggregation: count
    dimensions: [{ name: issue, pointer: /issue }]
  - key: sales
    eventTypes: [thing.sold]
    aggregation: sum
    value: /price
prices:
  - key: issues
    meter: issues
    currency: USD
    effectiveFrom: 2026-01-01T00:00:00Z
    description: An issue
    model: { kind: unlock, item: issue, unitPrice: "0.5", days: 30 }
    freeQuantity: "3"
  - key: fees
    meter: sales
    currency: USD
    effectiveFrom: 2026-01-01T00:00:00Z
    description: A fee
    model: { kind: percentage, rate: "2.9", fixed: "0.30", minimum: "1", freeAmount: "100" }
  - key: gratuities
    meter: sales
    currency: USD
    effectiveFrom: 2026-01-01T00:00:00Z
    description: A tip
    model: { kind: amount_on_event, minimum: "1", maximum: "50", suggestions: ["2", "5"] }
plans:
  - { key: collector, prices: [issues, fees, gratuities] }
`,
  );
  expect(await prices('lint', file)).toMatchObject({ code: 0, stdout: '0 errors, 0 warnings\n' });
  const { stdout } = await prices('diff', file);
  expect(stdout).toContain('The first use of each issue costs 0.5');
  expect(stdout).toContain('Each event costs 2.9 % of the amount that it carries.');
  expect(stdout).toContain('The amount is at least 1 and at most 50; any other is refused.');
  expect((await prices('import', file)).code).toBe(0);
  expect((await prices('export', '-o', file)).code).toBe(0);
  expect(await prices('diff', file)).toMatchObject({ code: 0, stdout: 'nothing changes\n' });
  await edit((text) => text.replace('item: issue', 'item: colour'));
  expect(await prices('lint', file)).toMatchObject({ code: 1 });
});

it('lints without a door, and says what is no price book', async () => {
  await writeFile(file, 'prices: [{ key: a }]');
  const broken = await farthing(['prices', 'lint', file]);
  expect(broken.code).toBe(1);
  expect(broken.stderr).toContain('/prices/0/meter');
  await writeFile(file, 'plans: [{ key: a, prices: [b, b] }]');
  const { code, stdout } = await farthing(['--json', 'prices', 'lint', file]);
  expect(code).toBe(1);
  expect((JSON.parse(stdout) as Array<{ code: string }>).map((finding) => finding.code)).toEqual([
    'unknown_price',
    'unknown_price',
    'price_named_twice',
  ]);
});
