import { ApiClient } from '@farthing/adapters/http/api-client';
import { z } from 'zod';
import { TENANTS } from './load.js';
import {
  BENCH_PRICES,
  CREATOR_BPS,
  CREATOR_POINTER,
  CURRENCY,
  EVENT_TYPE,
  PLAN,
  PRICES_FROM,
} from './tariff.js';

export interface ProvisionedTenants {
  /** API keys that may send events, by tenant. */
  readonly keys: Readonly<Record<string, string>>;
  /** The newest version of the catalog. */
  readonly catalogVersion: number;
}

const SCOPES = ['events:write', 'catalog:read', 'catalog:write', 'usage:read', 'billing:write'];
const VERSIONED = z.object({ catalogVersion: z.number() });

/** Makes the load's tenants, with their keys, meters, prices and plan. */
export async function provisionTenants(catalog: {
  readonly url: string;
  readonly operatorKey: string;
}): Promise<ProvisionedTenants> {
  const operator = new ApiClient(catalog.url, catalog.operatorKey);
  const keys: Record<string, string> = {};
  let catalogVersion = 0;
  for (const tenant of TENANTS) {
    await write(operator, 'PUT', `/v1/tenants/${tenant}`, {
      name: tenant,
      unknownCustomers: 'create',
      defaultPlan: PLAN,
      currency: CURRENCY,
    });
    const made = await write(operator, 'POST', '/v1/api-keys', {
      tenant,
      name: 'bench',
      scopes: SCOPES,
    });
    const { key } = z.object({ key: z.string() }).parse(made);
    keys[tenant] = key;
    catalogVersion = await provisionCatalog(new ApiClient(catalog.url, key));
  }
  return { keys, catalogVersion };
}

async function provisionCatalog(api: ApiClient): Promise<number> {
  for (const { key, value } of BENCH_PRICES) {
    await write(api, 'PUT', `/v1/meters/${key}`, {
      eventTypes: [EVENT_TYPE],
      aggregation: value === undefined ? 'count' : 'sum',
      ...(value === undefined ? {} : { value }),
      filter: [{ pointer: '/status', op: 'eq', value: 200 }],
    });
  }
  for (const { key, model } of BENCH_PRICES) {
    await write(api, 'POST', '/v1/prices', {
      key,
      meter: key,
      currency: CURRENCY,
      effectiveFrom: PRICES_FROM,
      description: key,
      model,
      split: [{ creator: { property: CREATOR_POINTER }, shareBps: CREATOR_BPS }],
    });
  }
  const prices = BENCH_PRICES.map(({ key }) => key);
  return VERSIONED.parse(await write(api, 'PUT', `/v1/plans/${PLAN}`, { prices })).catalogVersion;
}

function write(
  api: ApiClient,
  method: 'PUT' | 'POST',
  path: string,
  document: object,
): Promise<unknown> {
  const headers = { 'content-type': 'application/json' };
  return api.json(path, z.unknown(), { method, headers, body: JSON.stringify(document) });
}
