import type { Transaction } from '@farthing/adapters/postgres/transaction';
import type { CommandAnswer } from '../commands.js';
import { refusal } from '../errors.js';
import { isTwin, twinIdOf } from '../tenants/twin.js';
import { findExistingKeys } from '../versions/versions.repository.js';
import { recordVersion } from '../versions/record-version.js';
import { freshApiKey, type KeyMode } from './api-key-text.js';
import { apiKeyThing, type ApiKeyBody } from './api-key.schema.js';
import type { ApiKeyDocument } from './api-keys.repository.js';
import type { Caller } from './caller.guard.js';
import type { KeySeal } from './sealed-key.js';

export interface KeyPlan {
  readonly tenant: string;
  readonly mode: KeyMode;
  readonly name: string;
  readonly scopes: readonly string[];
}

/** As it is stored with an `Idempotency-Key`: the key itself sealed. */
export interface SealedAnswer {
  readonly id: string;
  readonly sealedKey: string;
  readonly tenant: string;
  readonly scopes: readonly string[];
}

/** Which key the caller may make. Throws the refusal of any other. */
export function planApiKey(caller: Caller, body: ApiKeyBody): KeyPlan {
  const { name, scopes } = body;
  if (caller.kind === 'operator') {
    if (body.tenant === undefined) throw refusal('tenant_missing', '/tenant');
    const mode = body.mode ?? 'live';
    return { tenant: mode === 'test' ? twinIdOf(body.tenant) : body.tenant, mode, name, scopes };
  }
  const mode = body.mode ?? (isTwin(caller.tenant) ? 'test' : 'live');
  if (mode === 'live' && isTwin(caller.tenant)) throw refusal('live_key_refused', '/mode');
  if (body.tenant !== undefined && body.tenant !== caller.tenant) {
    throw refusal('not_your_tenant', '/tenant');
  }
  const foreign = scopes.findIndex((scope) => !caller.scopes.includes(scope));
  if (foreign !== -1) throw refusal('scope_exceeds_caller', `/scopes/${foreign}`);
  const tenant =
    mode === 'test' && !isTwin(caller.tenant) ? twinIdOf(caller.tenant) : caller.tenant;
  return { tenant, mode, name, scopes };
}

export async function makeApiKey(
  tx: Transaction,
  plan: KeyPlan,
  seal: KeySeal,
): Promise<CommandAnswer<SealedAnswer>> {
  const { tenant, name, scopes } = plan;
  const tenants = await findExistingKeys(tx, { tenant, kind: 'tenant' }, [tenant]);
  if (tenants.size === 0) throw refusal('unknown_tenant', '/tenant');
  const { id, text, sha256 } = freshApiKey(plan.mode);
  const document: ApiKeyDocument = { name, sha256, scopes, revoked: false };
  const { message } = await recordVersion(tx, {
    tenant,
    kind: 'api_key',
    key: id,
    document,
    thingOf: apiKeyThing,
  });
  const body = { id, sealedKey: seal.seal(text), tenant, scopes };
  return { status: 201, body, messages: [message], kind: 'api_key', changed: true };
}
