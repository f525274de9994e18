import fc from 'fast-check';
import { expect, test } from 'vitest';
import { canonicalBytes, canonicalJson, type CanonicalValue } from './canonical-json.js';

test.each<[CanonicalValue, string]>([
  [{}, '{}'],
  [[], '[]'],
  [{ b: 1, a: [true, false, 'x'] }, '{"a":[true,false,"x"],"b":1}'],
  [{ a: undefined, b: 0 }, '{"b":0}'],
  [-0, '0'],
  [Number.MAX_SAFE_INTEGER, '9007199254740991'],
  // RFC 8785, 3.2.2: what is escaped, and how.
  ['\u20ac$\u000f\u000aA\'\u0042\u0022\u005c\\"/', '"\u20ac$\\u000f\\nA\'B\\"\\\\\\\\\\"/"'],
  [{ __proto__: 'not a name' }, '{}'],
  [JSON.parse('{"__proto__":"a name"}'), '{"__proto__":"a name"}'],
])('%j is %s', (value, text) => {
  expect(canonicalJson(value)).toBe(text);
});

test('names are sorted by UTF-16 code units, as in RFC 8785, 3.2.3', () => {
  const names = {
    '\u20ac': 'Euro Sign',
    '\r': 'Carriage Return',
    '\ufb33': 'Hebrew Letter Dalet With Dagesh',
    '1': 'One',
    '\ud83d\ude00': 'Emoji: Grinning Face',
    '\u0080': 'Control',
    '\u00f6': 'Latin Small Letter O With Diaeresis',
  };
  const sorted: unknown = Object.values(JSON.parse(canonicalJson(names)) as object);
  // A parsed object keeps the order of its text, but for names that are array indexes, which come
  // first.
  expect(canonicalJson(names).indexOf('Carriage Return')).toBeLessThan(
    canonicalJson(names).indexOf('One'),
  );
  expect(sorted).toEqual([
    'One',
    'Carriage Return',
    'Control',
    'Latin Small Letter O With Diaeresis',
    'Euro Sign',
    'Emoji: Grinning Face',
    'Hebrew Letter Dalet With Dagesh',
  ]);
});

test.each([
  ['a fraction', 0.5],
  ['a number that a double does not hold', 2 ** 53],
  ['NaN', Number.NaN],
  ['null', null],
  ['a bigint', 1n],
  ['undefined in an array', [undefined]],
  ['null in an object', { a: null }],
  ['a lone surrogate', '\ud800'],
  ['a lone surrogate in a name', { '\udc00': 1 }],
])('%s has no canonical bytes', (_, value) => {
  expect(() => canonicalJson(value as CanonicalValue)).toThrow('not canonical');
});

test('the bytes are UTF-8', () => {
  expect(Buffer.from(canonicalBytes('€')).toString('hex')).toBe('22e282ac22');
});

test('the text reads back, and does not depend on the order in which names were set', () => {
  const value = fc.letrec<{ any: CanonicalValue }>((tie) => ({
    any: fc.oneof(
      { maxDepth: 3 },
      fc.string({ unit: 'binary' }),
      fc.boolean(),
      fc.maxSafeInteger(),
      fc.array(tie('any'), { maxLength: 4 }),
      fc.dictionary(fc.string({ unit: 'binary' }), tie('any'), {
        maxKeys: 4,
        noNullPrototype: true,
      }),
    ),
  })).any;
  fc.assert(
    fc.property(value, (any) => {
      const text = canonicalJson(any);
      expect(canonicalJson(JSON.parse(text) as CanonicalValue)).toBe(text);
      expect(canonicalJson(reversed(any))).toBe(text);
    }),
  );
});

function reversed(value: CanonicalValue): CanonicalValue {
  if (typeof value !== 'object' || Array.isArray(value)) return value;
  return Object.fromEntries(Object.entries(value).toReversed()) as CanonicalValue;
}
