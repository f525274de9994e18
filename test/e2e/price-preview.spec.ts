import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { farthing, type CommandResult } from '../stack/farthing-command.js';
import { newTenant, type Tenant } from '../stack/tenant.js';
import { sharedStack } from '../stack/test-stack.js';
import { completeMonth, onDay, untilEnded, usageEvent } from '../stack/usage-event.js';

let folder: string;
let file: string;
let tenant: Tenant;

const month = completeMonth(1);
const before = completeMonth(2);

/**
 * In the last month `many` read twelve articles at 0.25, `few` three, and `viewer` watched 100 s of
 * clips at 0.001. What `few` read in the month before is not asked for.
 */
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'farthing-preview-'));
  file = join(folder, 'prices.json');
  tenant = await newTenant((await sharedStack()).place);
  for (const customer of ['many', 'few', 'viewer', 'idle']) {
    await tenant.door.must('PUT', `/v1/customers/${customer}`, {});
  }
  const read = (subject: string, count: number, within = month) =>
    Array.from({ length: count }, (_, at) =>
      usageEvent({
        id: `${subject}-${within.from.toISOString()}-${at}`,
        source: 'preview',
        subject,
        time: onDay(within, at + 1),
      }),
    );
  await tenant.door.sendBatch([
    ...read('many', 12),
    ...read('few', 3),
    ...read('few', 5, before),
    usageEvent({
      id: 'clip',
      source: 'preview',
      subject: 'viewer',
      type: 'clip.watched',
      time: onDay(month, 3),
      data: { creator: 'ada', seconds: 100 },
    }),
  ]);
  expect(await untilEnded(tenant.door, 'preview', 21)).toEqual({ applied: 21 });
  const { stdout } = await command('--json', 'prices', 'export');
  const book = JSON.parse(stdout) as { prices: Array<Record<string, unknown>> };
  const articles = book.prices.find(({ key }) => key === 'articles');
  const clips = book.prices.find(({ key }) => key === 'clips');
  // Dearer for who reads few, cheaper for who reads many; clips as they are, but at another price.
  const graduated = {
    kind: 'graduated',
    tiers: [{ upTo: '5', unitPrice: '0.30' }, { unitPrice: '0.10' }],
  };
  book.prices.push(
    { ...articles, effectiveFrom: '2190-01-01T00:00:00Z', model: graduated },
    { ...clips, effectiveFrom: '2190-01-01T00:00:00Z', description: 'Clips, as ever' },
  );
  await writeFile(file, JSON.stringify(book));
});

afterAll(() => rm(folder, { recursive: true, force: true }));

function command(...words: string[]): Promise<CommandResult> {
  const env = { FARTHING_URL: tenant.door.baseUrl, FARTHING_API_KEY: tenant.door.key ?? '' };
  return farthing(words, { env });
}

it('says who pays more, who less, and by how much', async () => {
  const { stdout, code } = await command('--json', 'prices', 'preview', file);
  expect(code).toBe(0);
  expect(JSON.parse(stdout)).toEqual({
    from: month.from.toISOString().replace('.000', ''),
    to: month.to.toISOString().replace('.000', ''),
    leftOut: [],
    unknownCustomers: 0,
    totals: [
      { currency: 'USD', before: '3.850000000', after: '3.200000000', difference: '-0.650000000' },
    ],
    customers: [
      previewed('few', '0.750000000', '0.900000000', '0.150000000'),
      previewed('viewer', '0.100000000', '0.100000000', '0.000000000'),
      previewed('many', '3.000000000', '2.200000000', '-0.800000000'),
    ],
  });
});

function previewed(name: string, present: string, proposed: string, difference: string) {
  return { customer: name, currency: 'USD', before: present, after: proposed, difference };
}

it('prints a table, and reads another month', async () => {
  const { stdout } = await command('prices', 'preview', file);
  expect(stdout).toContain('1 customers pay more, 1 pay less, 1 the same');
  expect(stdout).toMatch(/few +USD +0\.750000000 +0\.900000000 +0\.150000000/);
  expect(stdout).toMatch(/all customers +USD +3\.850000000 +3\.200000000 +-0\.650000000/);
  const earlier = before.from.toISOString().slice(0, 7);
  const other = await command('prices', 'preview', file, '--month', earlier);
  expect(other.stdout).toMatch(/few +USD +1\.250000000 +1\.500000000 +0\.250000000/);
});

it('shows those whom it changes most, and everybody in the totals', async () => {
  const { stdout } = await command('prices', 'preview', file, '--limit', '1');
  expect(stdout).toMatch(/^few /m);
  expect(stdout).not.toMatch(/^many /m);
  expect(stdout).toContain('3.850000000');
  expect((await command('prices', 'preview', file, '--limit', 'all')).code).toBe(2);
});

it('changes nothing while the proposed versions are not in force', async () => {
  const at = new Date().toISOString();
  const { stdout } = await command('prices', 'preview', file, '--at', at);
  expect(stdout).toContain('0 customers pay more, 0 pay less, 3 the same');
});

it('refuses a month that has not ended', async () => {
  const thisMonth = new Date().toISOString().slice(0, 7);
  const { code, stderr } = await command('prices', 'preview', file, '--month', thisMonth);
  expect(code).toBe(2);
  expect(stderr).toContain('is not a past month');
});
