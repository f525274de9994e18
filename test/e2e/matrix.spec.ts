import { beforeAll, expect, it } from 'vitest';
import type { Stack } from '@farthing/local/stack';
import { closeBefore, type InvoiceSummary } from '../stack/cycle-run.js';
import { newTenant, type Tenant } from '../stack/tenant.js';
import { sharedStack } from '../stack/test-stack.js';
import { auditOf, violatedOf } from '../stack/farthing-command.js';
import { completeMonth, onDay, untilEnded, usageEvent } from '../stack/usage-event.js';

let stack: Stack;
let tenant: Tenant;
let charges: Array<{ readonly id: string; readonly cell?: Record<string, string> }>;
const month = completeMonth(1);

/** Downloads: two videos at 0.20 each, then 0.10; audio at 0.01; nothing else. */
beforeAll(async () => {
  const shared = await sharedStack();
  stack = shared.stack;
  tenant = await newTenant(shared.place);
  const { door } = tenant;
  await door.must('PUT', '/v1/meters/downloads', {
    eventTypes: ['file.downloaded'],
    aggregation: 'count',
    dimensions: [
      { name: 'format', pointer: '/format' },
      { name: 'access', pointer: '/access' },
    ],
  });
  await door.must('POST', '/v1/prices', {
    key: 'downloads',
    meter: 'downloads',
    currency: 'USD',
    effectiveFrom: '2020-01-01T00:00:00Z',
    description: 'Downloads',
    model: {
      kind: 'matrix',
      dimensions: ['format', 'access'],
      cells: [
        {
          values: { format: 'video', access: 'paid' },
          model: {
            kind: 'graduated',
            tiers: [{ upTo: '2', unitPrice: '0.2' }, { unitPrice: '0.1' }],
          },
        },
        {
          values: { format: 'audio', access: 'paid' },
          model: { kind: 'per_unit', unitPrice: '0.01' },
        },
      ],
    },
  });
  await door.must('PUT', '/v1/plans/reader', { prices: ['articles', 'downloads'] });
  const kinds = ['video', 'video', 'audio', 'video', 'image'];
  const events = kinds.map((format, at) => ({
    ...usageEvent({ id: String(at), source: 'matrix', time: onDay(month, at + 1) }),
    type: 'file.downloaded',
    data: { format, access: 'paid' },
  }));
  await door.sendBatch(events);
  await untilEnded(door, 'matrix', events.length);
  charges = await door.list('/v1/charges?customer=reader');
});

it('prices each cell by its own quantity', () => {
  const video = { access: 'paid', format: 'video' };
  const audio = { access: 'paid', format: 'audio' };
  expect(charges).toMatchObject([
    { cell: video, quantityAfter: '1', amount: '0.200000000' },
    { cell: video, quantityAfter: '2', amount: '0.200000000' },
    { cell: audio, quantityAfter: '1', amount: '0.010000000' },
    { cell: video, quantityAfter: '3', amount: '0.100000000' },
  ]);
});

it('explains a charge by the tiers of its cell', async () => {
  expect(await tenant.door.must('GET', `/v1/charges/${charges[3]!.id}`)).toMatchObject({
    explanation: { parts: [{ unitPrice: '0.1' }] },
  });
});

it('rejects what has no cell, and says so', async () => {
  const fate = await tenant.door.must('GET', '/v1/event-fates?source=matrix&id=4');
  expect(fate).toMatchObject({ outcome: 'rejected', reason: 'no_cell_for_event' });
});

it('is billed, and the books add up', async () => {
  const { id: run } = await closeBefore(tenant.door, month.to);
  const invoices = await tenant.door.list<InvoiceSummary>(`/v1/invoices?run=${run}`);
  expect(invoices).toMatchObject([{ customer: 'reader', total: '0.510000000' }]);
  const receipt = await tenant.door.must('GET', `/v1/charges/${charges[3]!.id}/receipt`);
  expect(receipt).toMatchObject({ receipt: { charge: { cell: { format: 'video' } } } });
  const { code, findings } = await auditOf(stack);
  expect(violatedOf(findings)).toEqual({});
  expect(code).toBe(0);
});
