import { expect, test } from 'vitest';
import { priceInWords } from './price-in-words.js';
import type { PriceRule } from './price-rule.js';

const perUnit = { kind: 'per_unit', unitPrice: '0.01' } as const;

test.each<[string, PriceRule, string[]]>([
  ['per unit', { model: perUnit }, ['Each unit costs 0.01.']],
  [
    'package',
    { model: { kind: 'package', size: '1000', packagePrice: '0.5' } },
    ['Each package of 1,000 costs 0.5 once it is begun; nothing used costs nothing.'],
  ],
  [
    'graduated',
    {
      model: {
        kind: 'graduated',
        tiers: [
          { upTo: '20', unitPrice: '0.002', flatFee: '1' },
          { upTo: '1011.5', unitPrice: '0.0015', flatFee: '2' },
          { unitPrice: '0.1', blockSize: '1000' },
        ],
      },
    },
    [
      'Units up to 20 cost 0.002 each: the 20th costs 0.002.',
      'A fee of 1 is added once, by the first use.',
      'Units above 20 up to 1,011.5 cost 0.0015 each.',
      'A fee of 2 is added once, by going above 20.',
      'Units above 1,011.5 cost 0.1 for each block of 1,000 that is begun.',
    ],
  ],
  [
    'volume',
    {
      model: {
        kind: 'volume',
        tiers: [
          { upTo: '100', unitPrice: '0.002' },
          { upTo: '200', unitPrice: '0.001', blockSize: '2' },
          { unitPrice: '0.001', flatFee: '3' },
        ],
      },
    },
    [
      'All units of a total up to 100 cost 0.002 each.',
      'All units of a total above 100 up to 200 cost 0.001 for each block of 2 that is begun.',
      'All units of a total above 200 cost 0.001 each, plus 3 once.',
      'A total on a bound is still below it. Crossing one prices all units anew: where that makes ' +
        'them cheaper together, the difference is a negative charge, the volume rebate.',
    ],
  ],
  [
    'volume of one tier',
    { model: { kind: 'volume', tiers: [{ unitPrice: '1' }] } },
    ['All units of a total cost 1 each.'],
  ],
  [
    'everything around it, in the order in which it applies',
    {
      maximum: '5000',
      model: perUnit,
      freeQuantity: '1000',
      transform: { divideBy: '1024', round: 'half_up' },
    },
    [
      'The cumulative quantity is divided by 1,024, rounded half up, then priced.',
      'The first 1,000 are free; what comes after is paid.',
      'Each unit costs 0.01.',
      'A period costs at most 5,000.',
    ],
  ],
])('%s', (_, rule, sentences) => {
  expect(priceInWords(rule)).toEqual(sentences);
});

test.each([
  ['1', 'the 1st'],
  ['2', 'the 2nd'],
  ['3', 'the 3rd'],
  ['4', 'the 4th'],
  ['11', 'the 11th'],
  ['12', 'the 12th'],
  ['113', 'the 113th'],
  ['121', 'the 121st'],
  ['1000', 'the 1,000th'],
])('the bound of %s is %s', (upTo, name) => {
  const tiers = [{ upTo, unitPrice: '2' }, { unitPrice: '1' }];
  expect(priceInWords({ model: { kind: 'graduated', tiers } })[0]).toContain(`${name} costs 2.`);
});

test.each([
  ['package', 'packages count what comes after'],
  ['volume', 'tiers count what comes after'],
  ['graduated', 'tiers count what comes after'],
] as const)('free units before a %s price', (kind, words) => {
  const tiers = [{ unitPrice: '1' }];
  const model: PriceRule['model'] =
    kind === 'package' ? { kind, size: '1', packagePrice: '1' } : { kind, tiers };
  expect(priceInWords({ model, freeQuantity: '5' })[0]).toBe(`The first 5 are free; ${words}.`);
});

test('what the close of a period adds is said last', () => {
  const tier = { unitPrice: '0.01', flatFee: '3' };
  const words = priceInWords({
    model: { kind: 'graduated', tiers: [tier] },
    minimum: '1000',
    chargeFirstTierWhenUnused: true,
  });
  expect(words.slice(-2)).toEqual([
    "A period that enters no tier costs the first tier's fee of 3, at its end.",
    'A period costs at least 1,000, used or not: what is missing is added at its end.',
  ]);
});
