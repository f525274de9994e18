import fc from 'fast-check';
import { expect, test } from 'vitest';
import { costOf } from './cost.js';
import { checkMatrixPrice, compileMatrixPrice, type MatrixPrice } from './matrix-price.js';

const UNIT = 1_000_000_000n;
const each = (unitPrice: string) => ({ kind: 'per_unit', unitPrice }) as const;
const formats: MatrixPrice = {
  kind: 'matrix',
  dimensions: ['format', 'country'],
  cells: [
    { values: { format: 'article', country: 'DE' }, model: each('0.002') },
    { values: { country: 'DE', format: 'video' }, model: each('0.01') },
  ],
};
const open: MatrixPrice = { ...formats, default: each('1') };

test.each<[MatrixPrice, Record<string, string>, string, bigint]>([
  [
    formats,
    { format: 'article', country: 'DE' },
    '{"country":"DE","format":"article"}',
    2_000_000n,
  ],
  [
    formats,
    { country: 'DE', format: 'video', x: '1' },
    '{"country":"DE","format":"video"}',
    10_000_000n,
  ],
  [open, { format: 'audio', country: 'DE' }, '{}', UNIT],
  [open, { format: 'article' }, '{}', UNIT],
  [open, {}, '{}', UNIT],
])('%# lies in its cell', (price, dimensions, cell, cost) => {
  const found = compileMatrixPrice(price).findCell(dimensions);
  expect(found).toMatchObject({ outcome: 'found', cell });
  expect(found.outcome === 'found' && costOf(found.model, UNIT)).toBe(cost);
});

test.each([{ format: 'audio', country: 'DE' }, { format: 'article' }, {}])(
  '%j has no cell without a default',
  (dimensions) => {
    const refused = { outcome: 'refused', reason: 'no_cell_for_event' };
    expect(compileMatrixPrice(formats).findCell(dimensions)).toEqual(refused);
  },
);

test('what surrounds the price is there in each cell by itself', () => {
  const matrix = compileMatrixPrice(open, { freeQuantity: '10', maximum: '2' });
  const cell = matrix.findCell({});
  expect(cell.outcome === 'found' && costOf(cell.model, 10n * UNIT)).toBe(0n);
  expect(cell.outcome === 'found' && costOf(cell.model, 13n * UNIT)).toBe(2n * UNIT);
});

test.each<[string, string, MatrixPrice]>([
  ['no_cells', '/cells', { ...formats, cells: [] }],
  [
    'no_dimensions',
    '/dimensions',
    { ...formats, dimensions: [], cells: [{ values: {}, model: each('1') }] },
  ],
  [
    'cell_dimensions_differ',
    '/cells/0/values',
    { ...formats, cells: [{ values: { format: 'a' }, model: each('1') }] },
  ],
  [
    'cell_dimensions_differ',
    '/cells/0/values',
    { ...formats, cells: [{ values: { format: 'a', other: 'b' }, model: each('1') }] },
  ],
  [
    'cell_named_twice',
    '/cells/2/values',
    { ...formats, cells: [...formats.cells, formats.cells[0]!] },
  ],
  ['negative_price', '/default/unitPrice', { ...formats, default: each('-1') }],
  [
    'negative_price',
    '/cells/0/model/unitPrice',
    { ...formats, cells: [{ values: { format: 'a', country: 'b' }, model: each('-1') }] },
  ],
])('%s at %s is found, and is a bug by the time that it is compiled', (reason, pointer, price) => {
  expect(checkMatrixPrice(price)).toEqual([{ reason, pointer }]);
  expect(() => compileMatrixPrice(price)).toThrow(`${reason} at ${pointer}`);
});

const reasonsOf = (dimensions: string[]) => {
  const values = Object.fromEntries(dimensions.map((name) => [name, 'x']));
  return checkMatrixPrice({ kind: 'matrix', dimensions, cells: [{ values, model: each('1') }] });
};

test('a price distinguishes eight dimensions, each once', () => {
  const nine = Array.from({ length: 9 }, (_, at) => `d${at}`);
  expect(reasonsOf(nine.slice(1))).toEqual([]);
  expect(reasonsOf(nine)).toEqual([{ reason: 'too_many_dimensions', pointer: '/dimensions/8' }]);
  expect(reasonsOf(['a', 'a'])[0]).toEqual({
    reason: 'dimension_named_twice',
    pointer: '/dimensions/1',
  });
});

/** Names in order and no spaces, which for text is RFC 8785. */
const sorted = ({ country, format }: { country: string; format: string }) =>
  JSON.stringify({ country, format });

test('a cell is the canonical JSON of its values, and found by them alone', () => {
  const value = fc
    .string({ unit: 'grapheme', maxLength: 4 })
    .filter((text) => !text.includes('\0'));
  const values = fc.record({ format: value, country: value });
  fc.assert(
    fc.property(
      fc.uniqueArray(values, {
        minLength: 1,
        maxLength: 4,
        selector: sorted,
      }),
      values,
      (some, asked) => {
        const cells = some.map((entry, at) => ({ values: entry, model: each(String(at)) }));
        const { findCell } = compileMatrixPrice({ ...formats, cells });
        for (const entry of [...some, asked]) {
          const known = some.findIndex((cell) => sorted(cell) === sorted(entry));
          const found = findCell(entry);
          expect(found.outcome).toBe(known < 0 ? 'refused' : 'found');
          if (found.outcome === 'refused') continue;
          expect(found.cell).toBe(sorted(entry));
          expect(costOf(found.model, 1n)).toBe(BigInt(known));
        }
      },
    ),
    { numRuns: 10_000 },
  );
});
