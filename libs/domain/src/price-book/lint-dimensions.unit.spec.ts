import { expect, test } from 'vitest';
import { lintDimensions } from './lint-dimensions.js';
import type { BookMeter } from './price-book.js';

const meter: BookMeter = {
  key: 'articles',
  eventTypes: ['article.read'],
  aggregation: 'count',
  dimensions: [{ name: 'format', pointer: '/format' }],
};

test.each<[object, string[]]>([
  [{ kind: 'per_unit', unitPrice: '1' }, []],
  [{ kind: 'matrix', dimensions: ['format'], cells: [] }, []],
  [{ kind: 'matrix', dimensions: ['format', 'region'], cells: [] }, ['/model/dimensions/1']],
  [{ kind: 'unlock', item: 'format', unitPrice: '1' }, []],
  [{ kind: 'unlock', item: 'article', unitPrice: '1' }, ['/model/item']],
  [{ kind: 'matrix', dimensions: 'format' }, []],
])('of %j', (model, pointers) => {
  const found = lintDimensions(model, meter);
  expect(found.map(({ pointer }) => pointer)).toEqual(pointers);
  expect(new Set(found.map(({ code }) => code)).size).toBe(pointers.length);
});

test('a meter without dimensions reads none', () => {
  const { dimensions: _none, ...plain } = meter;
  expect(lintDimensions({ dimensions: ['format'] }, plain)).toMatchObject([
    { code: 'dimension_not_metered', severity: 'error' },
  ]);
});
