import { expect, test } from 'vitest';
import { keysWithOverrides, type OverridingPrice } from './price-overrides.js';

const PRICES: Readonly<Record<string, readonly OverridingPrice[]>> = {
  articles: [{ meterKey: 'articles', currency: 'USD' }],
  'articles-fee': [{ meterKey: 'articles', currency: 'USD' }],
  'articles-eur': [{ meterKey: 'articles', currency: 'EUR' }],
  clips: [{ meterKey: 'clips', currency: 'USD' }],
  'articles-ann': [{ meterKey: 'articles', currency: 'USD' }],
  'articles-ann-eur': [{ meterKey: 'articles', currency: 'EUR' }],
  'calls-ann': [{ meterKey: 'calls', currency: 'USD' }],
};
const PLAN = ['articles', 'articles-fee', 'articles-eur', 'clips'];

test.each<[string, readonly string[], readonly string[]]>([
  ['the plan alone', [], PLAN],
  [
    'one in place of all that the plan has for the meter',
    ['articles-ann'],
    ['articles-ann', 'articles-eur', 'clips'],
  ],
  ['one of a meter that the plan does not price, besides', ['calls-ann'], ['calls-ann', ...PLAN]],
  [
    'several of one meter',
    ['articles-ann', 'articles-fee'],
    ['articles-ann', 'articles-fee', 'articles-eur', 'clips'],
  ],
  ['a price of the plan itself, once', ['articles'], ['articles', 'articles-eur', 'clips']],
  ['not one in another currency', ['articles-ann-eur'], PLAN],
  ['not one in another currency, though the plan has it', ['articles-eur'], PLAN],
  ['not one that is not known yet', ['articles-bob'], PLAN],
])('a customer pays by %s', (_, priceOverrides, expected) => {
  const terms = { priceOverrides, currency: 'USD' };
  expect(keysWithOverrides(PLAN, terms, (key) => PRICES[key] ?? [])).toEqual(expected);
});
