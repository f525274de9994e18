import { ApiClient } from '@farthing/adapters/http/api-client';
import { z } from 'zod';
import { CURRENCY, type BenchTariff } from './tariff.js';

export interface ProvisionedTenants {
  /** API keys that may send events, by tenant. */
  readonly keys: Readonly<Record<string, string>>;
  /** The newest version of the catalog. */
  readonly catalogVersion: number;
}

const SCOPES = ['events:write', 'catalog:read', 'catalog:write', 'usage:read', 'billing:write'];
const VERSIONED = z.object({ catalogVersion: z.number() });

/** Makes tenants that sell by a tariff, with their keys, meters, prices and plan. */
export async function provisionTenants(
  catalog: { readonly url: string; readonly operatorKey: string },
  tenants: readonly string[],
  tariff: BenchTariff,
): Promise<ProvisionedTenants> {
  const operator = new ApiClient(catalog.url, catalog.operatorKey);
  const keys: Record<string, string> = {};
  let catalogVersion = 0;
  for (const tenant of tenants) {
    await write(operator, 'PUT', `/v1/tenants/${tenant}`, {
      name: tenant,
      unknownCustomers: 'create',
      defaultPlan: tariff.plan,
      currency: CURRENCY,
    });
    const made = await write(operator, 'POST', '/v1/api-keys', {
      tenant,
      name: 'bench',
      scopes: SCOPES,
    });
    const { key } = z.object({ key: z.string() }).parse(made);
    keys[tenant] = key;
    catalogVersion = await provisionCatalog(new ApiClient(catalog.url, key), tariff);
  }
  return { keys, catalogVersion };
}

async function provisionCatalog(
  api: ApiClient,
  { plan, meters, prices }: BenchTariff,
): Promise<number> {
  for (const { key, document } of meters) await write(api, 'PUT', `/v1/meters/${key}`, document);
  for (const { document } of prices) await write(api, 'POST', '/v1/prices', document);
  const keys = { prices: prices.map(({ key }) => key) };
  return VERSIONED.parse(await write(api, 'PUT', `/v1/plans/${plan}`, keys)).catalogVersion;
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
