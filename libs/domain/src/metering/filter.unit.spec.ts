import { expect, test } from 'vitest';
import { compileFilter, type Filter } from './filter.js';

test.each<[Filter, unknown, boolean]>([
  [[], {}, true],
  [[{ op: 'eq', pointer: '/status', value: 200 }], { status: 200 }, true],
  [[{ op: 'eq', pointer: '/status', value: 200 }], { status: '200' }, false],
  [[{ op: 'eq', pointer: '/status', value: 200 }], {}, false],
  [[{ op: 'eq', pointer: '/x', value: null }], { x: null }, true],
  [[{ op: 'eq', pointer: '/x', value: null }], {}, false],
  [[{ op: 'eq', pointer: '/x', value: false }], { x: 0 }, false],
  [[{ op: 'in', pointer: '/f', values: ['a', 1] }], { f: 1 }, true],
  [[{ op: 'in', pointer: '/f', values: ['a', 1] }], { f: '1' }, false],
  [[{ op: 'in', pointer: '/f', values: [] }], { f: 1 }, false],
  [[{ op: 'exists', pointer: '/a/b', exists: true }], { a: { b: null } }, true],
  [[{ op: 'exists', pointer: '/a/b', exists: true }], { a: 1 }, false],
  [[{ op: 'exists', pointer: '/a', exists: false }], {}, true],
  [[{ op: 'exists', pointer: '/a', exists: false }], { a: 1 }, false],
  [[{ op: 'ne', pointer: '/status', value: 404 }], { status: 200 }, true],
  [[{ op: 'ne', pointer: '/status', value: 404 }], { status: 404 }, false],
  [[{ op: 'ne', pointer: '/status', value: 404 }], { status: '404' }, true],
  [[{ op: 'ne', pointer: '/status', value: 404 }], {}, true],
  [[{ op: 'lt', pointer: '/n', value: 10 }], { n: 9.5 }, true],
  [[{ op: 'lt', pointer: '/n', value: 10 }], { n: 10 }, false],
  [[{ op: 'le', pointer: '/n', value: 10 }], { n: 10 }, true],
  [[{ op: 'le', pointer: '/n', value: 10 }], { n: 10.5 }, false],
  [[{ op: 'gt', pointer: '/n', value: -1 }], { n: 0 }, true],
  [[{ op: 'gt', pointer: '/n', value: 0 }], { n: 0 }, false],
  [[{ op: 'ge', pointer: '/n', value: 0 }], { n: 0 }, true],
  [[{ op: 'ge', pointer: '/n', value: 0 }], { n: -0.5 }, false],
  [[{ op: 'lt', pointer: '/n', value: 10 }], { n: '9' }, false],
  [[{ op: 'lt', pointer: '/n', value: 10 }], { n: null }, false],
  [[{ op: 'ge', pointer: '/n', value: 0 }], {}, false],
  [
    [
      { op: 'eq', pointer: '/a', value: 1 },
      { op: 'eq', pointer: '/b', value: 2 },
    ],
    { a: 1, b: 3 },
    false,
  ],
])('%j lets %j pass: %s', (filter, data, passes) => {
  expect(compileFilter(filter)(data)).toBe(passes);
});

test('a pointer that is none is a bug by the time that it is compiled', () => {
  expect(() => compileFilter([{ op: 'exists', pointer: 'a', exists: true }])).toThrow('a');
});
