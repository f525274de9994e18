import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { z } from 'zod';
import { ApiClient } from '@farthing/adapters/http/api-client';
import { operatorClient, type DemoStack, type DemoTenant } from './demo-stack.js';
import type { Tariff } from './tariff.js';

const SCOPES = [
  'events:write',
  'catalog:read',
  'catalog:write',
  'usage:read',
  'wallets:read',
  'wallets:write',
  'billing:read',
  'billing:write',
];

/**
 * The same tariff, month and input always name the same tenant, so the same demo again changes nothing and any
 * other is another tenant. `input` is a file's SHA-256 or a seed.
 */
export function demoTenantId(tariff: Tariff, month: string, input: string): string {
  const text = JSON.stringify([tariff, month, input]);
  return `demo-${createHash('sha256').update(text).digest('hex').slice(0, 10)}`;
}

/** Makes the tenant, its key, meters, prices and plan, or finds them as they are. */
export async function provisionTenant(
  stack: DemoStack,
  id: string,
  tariff: Tariff,
): Promise<DemoTenant> {
  const operator = operatorClient(stack);
  await put(operator, `/v1/tenants/${id}`, {
    name: `Demo of the tariff ${tariff.name}`,
    unknownCustomers: 'create',
    defaultPlan: tariff.plan,
    currency: tariff.currency,
    funding: 'postpaid',
    graceSeconds: 0,
    minimumInvoice: '0',
  });
  const key = await keyOf(stack, operator, id);
  const api = new ApiClient(stack.baseUrl, key);
  for (const { key: meter, document } of tariff.meters) {
    await put(api, `/v1/meters/${meter}`, document);
  }
  for (const document of tariff.prices.flatMap(({ versions }) => versions)) {
    await send(api, 'POST', '/v1/prices', document);
  }
  await put(api, `/v1/plans/${tariff.plan}`, { prices: tariff.prices.map((price) => price.key) });
  return { id, key, api };
}

/** The key is shown once, so it is kept in a file that only its owner reads. */
async function keyOf(stack: DemoStack, operator: ApiClient, tenant: string): Promise<string> {
  const file = join(stack.folder, 'demo', `${tenant}.key`);
  if (existsSync(file)) return readFileSync(file, 'utf8').trim();
  const answer = await send(operator, 'POST', '/v1/api-keys', {
    tenant,
    name: 'demo',
    scopes: SCOPES,
  });
  const { key } = z.object({ key: z.string() }).parse(answer);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, `${key}\n`, { mode: 0o600 });
  return key;
}

async function put(api: ApiClient, path: string, document: object): Promise<void> {
  await send(api, 'PUT', path, document);
}

function send(
  api: ApiClient,
  method: 'PUT' | 'POST',
  path: string,
  document: object,
): Promise<unknown> {
  const headers = { 'content-type': 'application/json' };
  return api.json(path, z.unknown(), {
    method,
    headers,
    body: JSON.stringify(document),
    patienceMs: 60_000,
  });
}
