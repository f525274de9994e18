import { createHash } from 'node:crypto';
import { expect, test } from 'vitest';
import { freshApiKey, isApiKeyText, sha256Of } from './api-key-text.js';

test.each(['live', 'test'] as const)(
  'a fresh %s key says its mode and id and checks itself',
  (mode) => {
    const { id, text, sha256 } = freshApiKey(mode);
    expect(text).toMatch(new RegExp(`^fk_${mode}_[a-z2-7]{12}_[a-z2-7]{38}$`));
    expect(id).toBe(`key_${text.split('_')[2]}`);
    expect(isApiKeyText(text)).toBe(true);
    expect(sha256).toBe(createHash('sha256').update(text).digest('hex'));
  },
);

test('two keys share nothing', () => {
  const [a, b] = [freshApiKey('live'), freshApiKey('live')];
  expect(a.id).not.toBe(b.id);
  expect(a.text.slice(21)).not.toBe(b.text.slice(21));
});

test('every single typing error is noticed', () => {
  const { text } = freshApiKey('live');
  const missed = [...text].filter((letter, at) => {
    const wrong = letter === 'a' ? 'b' : 'a';
    return isApiKeyText(text.slice(0, at) + wrong + text.slice(at + 1));
  });
  // A checksum of 30 bits misses one in a billion.
  expect(missed).toEqual([]);
});

test.each(['', 'fk_live_', 'Bearer x', sha256Of('x')])('%s is no key', (text) => {
  expect(isApiKeyText(text)).toBe(false);
});
