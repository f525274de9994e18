import { beforeAll, expect, it } from 'vitest';
import {
  closeBefore,
  type CycleRun,
  type InvoiceSummary,
  type StatementSummary,
} from '../stack/cycle-run.js';
import { newTenant, type Tenant } from '../stack/tenant.js';
import { sharedStack } from '../stack/test-stack.js';
import { completeMonth, onDay, untilEnded, usageEvent } from '../stack/usage-event.js';

interface Leaf {
  readonly event: string;
  readonly amount: string;
  readonly quantityBefore: string;
  readonly quantityAfter: string;
  readonly usageFrom: string;
  readonly bookingFrom: string;
}

const earlier = completeMonth(2);
const later = completeMonth(1);

let tenant: Tenant;
let firstRun: CycleRun;
let sealedBefore: string;
let secondRun: CycleRun;

/** Three articles of the month before last, its close, one more of that month, one of the last month, its close. */
beforeAll(async () => {
  const { place } = await sharedStack();
  tenant = await newTenant(place);
  // Tiers make the usage period visible in the amount: the first three cost 0.25, what follows in a month 0.10.
  await tenant.door.must('POST', '/v1/prices', {
    key: 'articles',
    meter: 'articles',
    currency: 'USD',
    effectiveFrom: '2020-01-01T00:00:00Z',
    description: 'three articles at 0.25, then 0.10',
    model: { kind: 'graduated', tiers: [{ upTo: '3', unitPrice: '0.25' }, { unitPrice: '0.10' }] },
  });
  await send(['1', '2', '3'].map((id) => ({ id, time: onDay(earlier, Number(id)) })));
  firstRun = await closeBefore(tenant.door, earlier.to);
  sealedBefore = await sealedFile();
  await send([{ id: 'late', time: onDay(earlier, 4) }]);
  await send([{ id: 'next', time: onDay(later, 1) }]);
  secondRun = await closeBefore(tenant.door, later.to);
});

let sent = 0;

async function send(events: ReadonlyArray<{ id: string; time: string }>): Promise<void> {
  await tenant.door.sendBatch(events.map((event) => usageEvent({ source: 'late', ...event })));
  sent += events.length;
  await untilEnded(tenant.door, 'late', sent);
}

async function statementOf(run: CycleRun): Promise<StatementSummary> {
  const statements = await tenant.door.list<StatementSummary>(`/v1/statements?run=${run.id}`);
  expect(statements).toHaveLength(1);
  return statements[0]!;
}

async function sealedFile(): Promise<string> {
  const { id } = await statementOf(firstRun);
  return (await tenant.door.request('GET', `/v1/statements/${id}/file`)).text;
}

/** As documents write instants. */
function micros(date: Date): string {
  return date.toISOString().replace('Z', '000Z');
}

it('leaves the sealed statement as it was, byte for byte', async () => {
  expect(await statementOf(firstRun)).toMatchObject({ charges: 3, sum: '0.750000000' });
  expect(await sealedFile()).toBe(sealedBefore);
});

it('prices the late event by its own month, in the statement of the next', async () => {
  const { id } = await statementOf(secondRun);
  const file = (await tenant.door.request('GET', `/v1/statements/${id}/file`)).text;
  const leaves = file
    .trimEnd()
    .split('\n')
    .slice(1)
    .map((line) => (JSON.parse(line) as { leaf: Leaf }).leaf);
  expect(leaves).toMatchObject([
    {
      event: 'late',
      quantityBefore: '3.000000000',
      quantityAfter: '4.000000000',
      amount: '0.100000000',
      usageFrom: micros(earlier.from),
      bookingFrom: micros(later.from),
    },
    {
      event: 'next',
      quantityBefore: '0.000000000',
      amount: '0.250000000',
      usageFrom: micros(later.from),
      bookingFrom: micros(later.from),
    },
  ]);
});

it('bills it once, as a late line', async () => {
  const invoices = await tenant.door.list<InvoiceSummary>('/v1/invoices');
  expect(invoices.map(({ net }) => net).toSorted()).toEqual(['0.350000000', '0.750000000']);
  const [invoice] = await tenant.door.list<InvoiceSummary>(`/v1/invoices?run=${secondRun.id}`);
  const { lines } = (await tenant.door.must('GET', `/v1/invoices/${invoice!.id}`)) as {
    lines: Array<{ kind: string; amount: string }>;
  };
  expect(lines.filter(({ kind }) => kind === 'late')).toMatchObject([{ amount: '0.100000000' }]);
});

it('answers the same run when it is asked to close again', async () => {
  const again = await closeBefore(tenant.door, later.to);
  expect(again.id).toBe(secondRun.id);
  expect(await tenant.door.list('/v1/invoices')).toHaveLength(2);
});
