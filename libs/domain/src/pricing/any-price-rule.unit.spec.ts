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

const UNLOCK: AnyPriceRule = {
  freeQuantity: '3',
  model: { kind: 'unlock', item: 'article', unitPrice: '0.2', days: 30 },
  maximum: '5',
};

test('an unlock is priced by what it opened', () => {
  expect(ruleOfCell(UNLOCK, '')).toEqual({
    ...UNLOCK,
    model: { kind: 'per_unit', unitPrice: '0.2' },
  });
  expect(ruleOf({ ...UNLOCK, key: 'articles' } as AnyPriceRule)).toEqual(UNLOCK);
});

test('an unlock is read with what surrounds it', () => {
  expect(anyPriceInWords(UNLOCK)).toEqual([
    'The first 3 are free; they are unlocked like any other.',
    'The first use of each article costs 0.2 and unlocks it: its use is free for 30 days of 24 hours. ' +
      'The next use after them is paid again.',
    'Use that occurred before an unlock and comes after it is free, too. ' +
      'An event that names no article is refused.',
    'A period costs at most 5.',
  ]);
  const ever: AnyPriceRule = { model: { kind: 'unlock', item: 'song', unitPrice: '1' } };
  expect(anyPriceInWords(ever)[0]).toBe(
    'The first use of each song costs 1 and unlocks it: its use is free from then on.',
  );
});

test('an unlock has faults of its own and no first tier', () => {
  expect(checkAnyPriceRule(UNLOCK)).toEqual([]);
  const faulty: AnyPriceRule = {
    transform: { divideBy: '0', round: 'up' },
    model: { kind: 'unlock', item: 'a', unitPrice: 'x' },
    chargeFirstTierWhenUnused: true,
  };
  expect(checkAnyPriceRule(faulty).map(({ reason, pointer }) => [reason, pointer])).toEqual([
    ['not_a_positive_quantity', '/transform/divideBy'],
    ['not_a_decimal', '/model/unitPrice'],
    ['transform_with_unlock', '/transform'],
    ['no_first_tier_fee', '/chargeFirstTierWhenUnused'],
  ]);
});

const FEE: AnyPriceRule = { model: { kind: 'percentage', rate: '2.9', fixed: '0.30' } };

test('a price per event has no rule of a quantity', () => {
  expect(() => ruleOfCell(FEE, '')).toThrow('percentage is priced per event');
  expect(ruleOf({ ...FEE, key: 'fees' } as AnyPriceRule)).toEqual(FEE);
});

test('a price per event is read with the bounds of its period', () => {
  expect(anyPriceInWords({ ...FEE, minimum: '5', maximum: '90' })).toEqual([
    'Each event costs 2.9 % of the amount that it carries.',
    'To that 0.30 is added for each event.',
    'A period costs at most 90.',
    'A period costs at least 5, used or not: what is missing is added at its end.',
  ]);
});

test('a price per event takes nothing around it that divides or frees a quantity', () => {
  expect(checkAnyPriceRule(FEE)).toEqual([]);
  const faulty: AnyPriceRule = {
    transform: { divideBy: '10', round: 'up' },
    freeQuantity: '3',
    model: { kind: 'percentage', rate: '-1' },
    chargeFirstTierWhenUnused: true,
  };
  expect(checkAnyPriceRule(faulty).map(({ reason, pointer }) => [reason, pointer])).toEqual([
    ['negative_rate', '/model/rate'],
    ['transform_with_event_amount', '/transform'],
    ['free_quantity_with_event_amount', '/freeQuantity'],
    ['no_first_tier_fee', '/chargeFirstTierWhenUnused'],
  ]);
});

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

test('of a matrix, an unlock and a fee the quantity of a meter does not decide', () => {
  expect([WHOLE, MATRIX, UNLOCK, FEE].map(isCumulative)).toEqual([true, false, false, false]);
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
