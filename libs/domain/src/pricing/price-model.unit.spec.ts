import { expect, test } from 'vitest';
import { checkPriceModel, compileModel, type PriceModel } from './price-model.js';
import { checkSplitRule } from './price.js';

const graduated = (...tiers: Extract<PriceModel, { kind: 'graduated' }>['tiers']): PriceModel => ({
  kind: 'graduated',
  tiers,
});

test.each<[string, string, PriceModel]>([
  ['not_a_decimal', '/unitPrice', { kind: 'per_unit', unitPrice: 'free' }],
  ['negative_price', '/unitPrice', { kind: 'per_unit', unitPrice: '-1' }],
  ['too_many_decimals', '/unitPrice', { kind: 'per_unit', unitPrice: `0.${'0'.repeat(18)}1` }],
  ['decimal_out_of_range', '/unitPrice', { kind: 'per_unit', unitPrice: '1'.repeat(19) }],
  ['no_tiers', '/tiers', graduated()],
  ['last_tier_not_open', '/tiers/0/upTo', graduated({ upTo: '5', unitPrice: '1' })],
  ['open_tier_not_last', '/tiers/0', graduated({ unitPrice: '1' }, { unitPrice: '2' })],
  [
    'tiers_not_ascending',
    '/tiers/1/upTo',
    graduated({ upTo: '5', unitPrice: '1' }, { upTo: '5', unitPrice: '1' }, { unitPrice: '1' }),
  ],
  [
    'tiers_not_ascending',
    '/tiers/0/upTo',
    graduated({ upTo: '0', unitPrice: '1' }, { unitPrice: '1' }),
  ],
  [
    'tier_bound_not_a_quantity',
    '/tiers/0/upTo',
    graduated({ upTo: 'many', unitPrice: '1' }, { unitPrice: '1' }),
  ],
  ['negative_price', '/tiers/0/flatFee', graduated({ unitPrice: '1', flatFee: '-1' })],
  ['not_a_decimal', '/tiers/0/unitPrice', graduated({ unitPrice: '' })],
  ['not_a_positive_quantity', '/tiers/0/blockSize', graduated({ unitPrice: '1', blockSize: '0' })],
  ['no_tiers', '/tiers', { kind: 'volume', tiers: [] }],
  [
    'last_tier_not_open',
    '/tiers/0/upTo',
    { kind: 'volume', tiers: [{ upTo: '1', unitPrice: '1' }] },
  ],
  ['not_a_positive_quantity', '/size', { kind: 'package', size: '0', packagePrice: '1' }],
  ['not_a_positive_quantity', '/size', { kind: 'package', size: 'ten', packagePrice: '1' }],
  ['negative_price', '/packagePrice', { kind: 'package', size: '1', packagePrice: '-1' }],
])('%s at %s is found, and is a bug by the time that it is compiled', (reason, pointer, model) => {
  expect(checkPriceModel(model)).toEqual([{ reason, pointer }]);
  expect(() => compileModel(model)).toThrow(reason);
});

test('a sound model has no fault', () => {
  const model = graduated({ upTo: '5', unitPrice: '0.002', flatFee: '1' }, { unitPrice: '0' });
  expect(checkPriceModel(model)).toEqual([]);
});

const part = (shareBps: number) => ({ creator: { kind: 'fixed', id: 'ann' } as const, shareBps });

test('shares are whole basis points and not more than the whole', () => {
  expect(checkSplitRule([])).toEqual([]);
  expect(checkSplitRule([part(7000), part(3000)])).toEqual([]);
  expect(checkSplitRule([part(7000), part(3001)])).toEqual([
    { reason: 'shares_exceed_whole', pointer: '/split' },
  ]);
  expect(checkSplitRule([part(0), part(0.5), part(10_001)]).map((fault) => fault.pointer)).toEqual([
    '/split/0/shareBps',
    '/split/1/shareBps',
    '/split/2/shareBps',
  ]);
});
