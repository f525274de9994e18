import { z } from 'zod';
import type { CatalogThing } from '@farthing/contracts/catalog/catalog-things';
import { anyTenantId, line, refuseRepeats, tenantId } from '../field-schemas.js';
import type { StoredVersion } from '../versions/versions.repository.js';
import type { ApiKeyDocument } from './api-keys.repository.js';

export const SCOPES = [
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
] as const;

export const apiKeyBody = z.strictObject({
  /** Only the operator says it; a caller with an API key makes keys of its own tenant. */
  tenant: tenantId.optional(),
  name: line(200),
  scopes: z
    .array(z.enum(SCOPES))
    .min(1)
    .superRefine((scopes, context) => refuseRepeats(context, scopes, 'scope_named_twice')),
  /** A test key belongs to the tenant's test twin. */
  mode: z.enum(['live', 'test']).optional(),
});
export type ApiKeyBody = z.output<typeof apiKeyBody>;

export const tenantQuery = z.strictObject({ tenant: anyTenantId.optional() });

export const apiKeyParams = z.object({ id: z.string().regex(/^key_[a-z2-7]{12}$/) });

export function apiKeyThing(stored: StoredVersion<ApiKeyDocument>): CatalogThing {
  const { key: id, tenant, version, document } = stored;
  const { sha256, scopes, revoked } = document;
  return { kind: 'apiKey', apiKey: { id, version, tenant, sha256, scopes, revoked } };
}

/** What anybody may see of a key after it was made. */
export function apiKeyAnswer({ key: id, tenant, document }: StoredVersion<ApiKeyDocument>) {
  const { name, scopes, revoked } = document;
  return { id, tenant, name, scopes, revoked };
}
