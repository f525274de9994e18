import { randomBytes } from 'node:crypto';
import type { DemoStack } from '@farthing/local/demo/demo-stack';
import { until } from '@farthing/testing/until';
import { Door } from './door.js';

export interface Tenant {
  readonly id: string;
  /** With every scope. */
  readonly door: Door;
  /** Of the operator, for what only it may do. */
  readonly operator: Door;
}

export interface TenantSettings {
  readonly unknownCustomers?: 'create' | 'refuse';
  readonly funding?: 'postpaid' | 'prepaid' | 'mixed';
}

export const ALL_SCOPES = [
  'events:write',
  'catalog:read',
  'catalog:write',
  'keys:write',
  'usage:read',
  'quotes:write',
  'wallets:read',
  'wallets:write',
  'billing:read',
  'billing:write',
];

/**
 * A tenant of its own for a test, with a plan of three things: an article costs 0.25, a second of a clip 0.001, and a
 * picture 0.0001; each event's creator gets 70 %.
 */
export async function newTenant(
  { baseUrl, operatorKey }: DemoStack,
  settings: TenantSettings = {},
): Promise<Tenant> {
  const id = `t-${randomBytes(6).toString('hex')}`;
  const operator = new Door(baseUrl, operatorKey);
  await operator.must('PUT', `/v1/tenants/${id}`, {
    name: `Test tenant ${id}`,
    unknownCustomers: 'create',
    defaultPlan: 'reader',
    currency: 'USD',
    graceSeconds: 0,
    minimumInvoice: '0',
    ...settings,
  });
  const door = new Door(baseUrl, await newKey(operator, { tenant: id, scopes: ALL_SCOPES }));
  const price = async (meter: string, unitPrice: string, rest: Record<string, unknown>) => {
    await door.must('PUT', `/v1/meters/${meter}`, rest);
    await door.must('POST', '/v1/prices', {
      key: meter,
      meter,
      currency: 'USD',
      effectiveFrom: '2020-01-01T00:00:00Z',
      description: `${meter} at ${unitPrice}`,
      model: { kind: 'per_unit', unitPrice },
      split: [{ creator: { property: '/creator' }, shareBps: 7_000 }],
    });
  };
  await price('articles', '0.25', { eventTypes: ['article.read'], aggregation: 'count' });
  await price('clips', '0.001', {
    eventTypes: ['clip.watched'],
    aggregation: 'sum',
    value: '/seconds',
  });
  await price('pictures', '0.0001', { eventTypes: ['picture.viewed'], aggregation: 'count' });
  await door.must('PUT', '/v1/plans/reader', { prices: ['articles', 'clips', 'pictures'] });
  return { id, door, operator };
}

/** Of rating, wallets and invoicing: they read of a key a moment after catalog has made it. */
const ASKED_OF_READERS = [
  '/v1/charges?limit=1',
  '/v1/creators/nobody/balance',
  '/v1/invoices?limit=1',
];

/** Makes an API key and answers its secret, when the services know it. */
export async function newKey(door: Door, document: Record<string, unknown>): Promise<string> {
  const made = await door.must('POST', '/v1/api-keys', { name: 'test', ...document });
  const { key } = made as { key: string };
  const holder = new Door(door.baseUrl, key);
  for (const path of ASKED_OF_READERS) {
    await until(`the key is known at ${path}`, async () => {
      const { status } = await holder.ask('GET', path);
      return status !== 401;
    });
  }
  return key;
}
