import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { authenticate, type KeyLookup } from './bearer-auth.js';

const hash = (text: string) => createHash('sha256').update(text).digest('hex');
const KEYS = new Map([
  [hash('fk_live_a'), { id: 'a', tenant: 'acme', scopes: ['events:write'], revoked: false }],
  [hash('fk_live_b'), { id: 'b', tenant: 'acme', scopes: [], revoked: true }],
]);
const lookup: KeyLookup = (sha256) => KEYS.get(sha256);

describe('authenticate', () => {
  it.each([
    [undefined, 'api_key_missing'],
    ['', 'api_key_missing'],
    ['Basic abc', 'api_key_missing'],
    ['Bearer a b', 'api_key_missing'],
    ['Bearer fk_live_c', 'api_key_unknown'],
    ['Bearer fk_live_b', 'api_key_revoked'],
  ])('refuses %s as %s', (authorization, code) => {
    expect(authenticate(authorization, lookup)).toEqual({ outcome: 'refused', code });
  });

  it.each(['Bearer fk_live_a', 'bearer fk_live_a'])('knows %s', (authorization) => {
    expect(authenticate(authorization, lookup)).toEqual({
      outcome: 'authenticated',
      keyId: 'a',
      tenant: 'acme',
      scopes: ['events:write'],
    });
  });
});
