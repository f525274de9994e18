import { Problem } from '@farthing/adapters/http/problem';
import { expect, test } from 'vitest';
import type { Caller } from './caller.guard.js';
import { planApiKey } from './make-api-key.js';
import type { ApiKeyBody } from './api-key.schema.js';

const operator: Caller = { kind: 'operator' };
const live: Caller = { kind: 'key', tenant: 'acme', scopes: ['keys:write', 'catalog:read'] };
const twin: Caller = { ...live, tenant: 'acme.test' };
const body = (change: Partial<ApiKeyBody> = {}): ApiKeyBody => ({
  name: 'x',
  scopes: ['catalog:read'],
  ...change,
});

test.each([
  [operator, body({ tenant: 'acme' }), 'acme', 'live'],
  [operator, body({ tenant: 'acme', mode: 'test' }), 'acme.test', 'test'],
  [live, body(), 'acme', 'live'],
  [live, body({ mode: 'test' }), 'acme.test', 'test'],
  [twin, body(), 'acme.test', 'test'],
  [twin, body({ mode: 'test' }), 'acme.test', 'test'],
] as const)('%j may make %j', (caller, wanted, tenant, mode) => {
  expect(planApiKey(caller, wanted)).toMatchObject({ tenant, mode });
});

test.each([
  [operator, body(), 'tenant_missing'],
  [live, body({ tenant: 'other' }), 'not_your_tenant'],
  [live, body({ scopes: ['catalog:read', 'billing:write'] }), 'scope_exceeds_caller'],
  [twin, body({ mode: 'live' }), 'live_key_refused'],
] as const)('%j may not make %j', (caller, wanted, code) => {
  const refused = () => planApiKey(caller, wanted);
  expect(refused).toThrow(Problem);
  expect(refused).toThrow(expect.objectContaining({ facts: expect.objectContaining({ code }) }));
});
