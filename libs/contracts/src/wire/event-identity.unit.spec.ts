import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { bodyHash, eventKey } from './event-identity.js';

const sha256 = (...parts: ReadonlyArray<string | Uint8Array>) =>
  createHash('sha256')
    .update(Buffer.concat(parts.map((part) => Buffer.from(part as string))))
    .digest();

describe('the identity of an event', () => {
  it('is 16 bytes of tenant, source and id', () => {
    const expected = sha256('acme\u0000é\u00001').subarray(0, 16);
    expect(eventKey('acme', 'é', '1')).toEqual(expected);
    // Golden: printf 'acme\0ksc-www\0001' | sha256sum
    expect(eventKey('acme', 'ksc-www', '1').toString('hex')).toBe(
      'f551ce34d18a599436f453d4ef726e85',
    );
  });

  it.each([0, 1, 200, 16 * 1024, 64 * 1024])('hashes a body with %i bytes of data', (length) => {
    const data = Buffer.alloc(length, 'é');
    const event = { type: 'article.read', subject: 'alice', time: '2026-01-01T00:00:00Z' };
    const head = 'article.read\u0000alice\u00002026-01-01T00:00:00Z\u0000';
    expect(bodyHash(event, data)).toEqual(sha256(head, data));
    expect(bodyHash({ ...event, time: '' }, data)).toEqual(
      sha256('article.read\u0000alice\u0000\u0000', data),
    );
  });
});
