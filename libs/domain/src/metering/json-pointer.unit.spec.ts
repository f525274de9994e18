import { expect, test } from 'vitest';
import { parseJsonPointer, valueAt } from './json-pointer.js';

// The document and the pointers of RFC 6901, section 5.
const DOCUMENT = {
  foo: ['bar', 'baz'],
  '': 0,
  'a/b': 1,
  'c%d': 2,
  'e^f': 3,
  'g|h': 4,
  'i\\j': 5,
  'k"l': 6,
  ' ': 7,
  'm~n': 8,
};

test.each([
  ['', DOCUMENT],
  ['/foo', ['bar', 'baz']],
  ['/foo/0', 'bar'],
  ['/', 0],
  ['/a~1b', 1],
  ['/c%d', 2],
  ['/e^f', 3],
  ['/g|h', 4],
  ['/i\\j', 5],
  ['/k"l', 6],
  ['/ ', 7],
  ['/m~0n', 8],
  ['/foo/2', undefined],
  ['/foo/01', undefined],
  ['/foo/-', undefined],
  ['/foo/length', undefined],
  ['/constructor', undefined],
  ['/__proto__', undefined],
  ['/foo/0/length', undefined],
])('%s names %o', (text, value) => {
  expect(valueAt(DOCUMENT, parseJsonPointer(text) ?? ['no pointer'])).toEqual(value);
});

test.each(['foo', '/a~2b', '/a~', '#/foo'])('%s is no pointer', (text) => {
  expect(parseJsonPointer(text)).toBeUndefined();
});

test('a pointer into what is no document names nothing', () => {
  expect(valueAt(undefined, ['a'])).toBeUndefined();
  expect(valueAt(null, ['a'])).toBeUndefined();
  expect(valueAt('text', ['length'])).toBeUndefined();
});
