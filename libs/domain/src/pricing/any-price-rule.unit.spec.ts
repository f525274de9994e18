import { expect, test } from 'vitest';
import {
  anyPriceInWords,
  checkAnyPriceRule,
  isCumulative,
  ruleOf,
  ruleOfCell,
  type AnyPriceRule,
} from './any-price-rule.js';

const WHOLE: AnyPriceRule = { model: { kind: 'per_unit', unitPrice: '0.01' }, maximum: '5' };
const MATRIX: AnyPriceRule = {
  freeQuantity: '3',
  model: {
    kind: 'matrix',
    dimensions: ['format', 'quality'],
    cells: [
      {
        values: { quality: 'high', format: 'video' },
        model: { kind: 'per_unit', unitPrice: '0.02' },
      },
    ],
    default: { kind: 'per_unit', unitPrice: '0.001' },
  },
};
const CLOSED: AnyPriceRule = {
  model: { ...MATRIX.model, default: undefined } as unknown as AnyPriceRule['model'],
};

test('a cell is priced by its model, with all that surrounds it', () => {
  expect(ruleOfCell(MATRIX, '{"format":"video","quality":"high"}')).toEqual({
    freeQuantity: '3',
    model: { kind: 'per_unit', unitPrice: '0.02' },
  });
  expect(ruleOfCell(MATRIX, '{}')).toEqual({
    freeQuantity: '3',
    model: { kind: 'per_unit', unitPrice: '0.001' },
  });
  expect(ruleOfCell(WHOLE, '')).toEqual(WHOLE);
});

test.each([
  [MATRIX, '{"format":"audio","quality":"high"}'],
  [CLOSED, '{}'],
])('a cell that is none is a bug', (rule, cell) => {
  expect(() => ruleOfCell(rule, cell)).toThrow(`no cell ${cell}`);
});

test('a price is read cell by cell', () => {
  expect(anyPriceInWords(MATRIX)).toEqual([
    'Where format is video and quality is high: The first 3 are free; what comes after is paid.',
    'Where format is video and quality is high: Each unit costs 0.02.',
    'Anything else, all of it together: The first 3 are free; what comes after is paid.',
    'Anything else, all of it together: Each unit costs 0.001.',
  ]);
  expect(anyPriceInWords(CLOSED).at(-1)).toBe('Anything else is refused.');
  expect(anyPriceInWords(WHOLE)).toEqual(['Each unit costs 0.01.', 'A period costs at most 5.']);
});

test('faults of a matrix and of what surrounds it have their places', () => {
  expect(checkAnyPriceRule(MATRIX)).toEqual([]);
  const { model } = MATRIX;
  if (model.kind !== 'matrix') throw new Error('no matrix');
  const faulty = { ...MATRIX, freeQuantity: 'x', model: { ...model, cells: [] } };
  expect(checkAnyPriceRule(faulty).map(({ pointer }) => pointer)).toEqual([
    '/freeQuantity',
    '/model/cells',
  ]);
  const fee = { ...MATRIX, chargeFirstTierWhenUnused: true } as const;
  expect(checkAnyPriceRule(fee)).toEqual([
    { reason: 'no_first_tier_fee', pointer: '/chargeFirstTierWhenUnused' },
  ]);
});

test('only a matrix has more than one cumulative quantity', () => {
  expect([isCumulative(WHOLE), isCumulative(MATRIX)]).toEqual([true, false]);
  expect(ruleOf({ ...MATRIX, key: 'clips' } as AnyPriceRule)).toEqual(MATRIX);
});

test('the minimum of a matrix is said once, of all cells', () => {
  const model = { kind: 'per_unit', unitPrice: '1' } as const;
  const cells = ['a', 'b'].map((format) => ({ values: { format }, model }));
  const words = anyPriceInWords({
    model: { kind: 'matrix', dimensions: ['format'], cells },
    minimum: '5',
  });
  expect(words.filter((sentence) => sentence.includes('at least'))).toEqual([words.at(-1)]);
});
