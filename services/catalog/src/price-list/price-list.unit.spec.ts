import { expect, it } from 'vitest';
import type { PlanDocument } from '../plans/plan.schema.js';
import type { PriceDocument } from '../prices/price.schema.js';
import type { StoredVersion } from '../versions/versions.repository.js';
import { priceList } from './price-list.js';

const NOW = Date.UTC(2026, 5) * 1_000;
const at = (year: number) => Date.UTC(year, 0) * 1_000;
const place = { tenant: 't', catalogVersion: 1 };

function price(
  version: number,
  effectiveFrom: number,
  rest: Partial<PriceDocument> = {},
): StoredVersion<PriceDocument> {
  const document: PriceDocument = {
    meterKey: 'articles',
    currency: 'EUR',
    effectiveFrom,
    taxCategory: 'standard',
    split: [],
    description: 'An article',
    model: { kind: 'per_unit', unitPrice: '0.25' },
    ...rest,
  };
  return { ...place, kind: 'price', key: 'articles', version, document };
}

function plan(key: string, ...prices: string[]): StoredVersion<PlanDocument> {
  return { ...place, kind: 'plan', key, version: 1, document: { prices } };
}

const listed = (prices: StoredVersion<PriceDocument>[], locale = 'en') =>
  priceList(
    { plans: [plan('a', 'articles'), plan('b', 'articles')], prices },
    { locale, now: NOW },
  );

it('names the unit of the meter, before what a unit costs', () => {
  const units = new Map([['articles', { name: 'kB', size: '1000' }]]);
  const from = { plans: [plan('a', 'articles')], prices: [price(1, at(2020))], units };
  const { items } = priceList(from, { locale: 'de', now: NOW });
  expect(items).toMatchObject([
    {
      unit: { name: 'kB', size: '1000' },
      inForce: { words: ['Usage is shown in kB, of 1.000 units each.', 'Each unit costs 0,25.'] },
    },
  ]);
});

it('says what is in force, in words and amounts, and in which plans', () => {
  const rule = {
    freeQuantity: '1000',
    maximum: '5000',
    model: {
      kind: 'graduated',
      tiers: [{ upTo: '20000', unitPrice: '0.25', flatFee: '1' }, { unitPrice: '0.0015' }],
    },
  } as const;
  const { locale, items } = listed([price(1, at(2020), rule)], 'de');
  expect(locale).toBe('de');
  expect(items).toMatchObject([
    {
      price: 'articles',
      plans: ['a', 'b'],
      meter: 'articles',
      currency: 'EUR',
      inForce: {
        version: 1,
        effectiveFrom: '2020-01-01T00:00:00.000000Z',
        from: '1. Januar 2020 um 00:00:00 UTC',
        description: 'An article',
        words: [
          'The first 1.000 are free; tiers count what comes after.',
          'Units up to 20.000 cost 0,25 each: the 20.000th costs 0,25.',
          'A fee of 1 is added once, by the first use.',
          'Units above 20.000 cost 0,0015 each.',
          'A period costs at most 5.000.',
        ],
      },
      coming: [],
    },
  ]);
  const amounts = items[0]!.inForce!.amounts.map(({ pointer, text }) => [
    pointer,
    text.replaceAll('\u00A0', ' '),
  ]);
  expect(amounts).toEqual([
    ['/model/tiers/0/unitPrice', '0,25 €'],
    ['/model/tiers/0/flatFee', '1,00 €'],
    ['/model/tiers/1/unitPrice', '0,0015 €'],
    ['/maximum', '5.000,00 €'],
  ]);
});

it('finds amounts in lists and cells, and takes the values of a cell for none', () => {
  const model = {
    kind: 'per_unit',
    unitPrice: '2',
    suggestions: ['1', '5'],
    cells: [{ values: { minimum: '7' }, model: { unitPrice: '3' } }],
  } as PriceDocument['model'];
  const [item] = listed([price(1, at(2020), { model })]).items;
  expect(item!.inForce!.amounts.map(({ pointer, amount }) => [pointer, amount])).toEqual([
    ['/model/unitPrice', '2'],
    ['/model/suggestions/0', '1'],
    ['/model/suggestions/1', '5'],
    ['/model/cells/0/model/unitPrice', '3'],
  ]);
});

it('lists what comes by its date: of those that begin together the last, and nothing that has passed', () => {
  const prices = [
    price(1, at(2020)),
    price(2, at(2028)),
    price(3, at(2027)),
    price(4, at(2027)),
    price(5, at(2024)),
  ];
  const [item] = listed(prices).items;
  expect(item!.inForce!.version).toBe(5);
  expect(item!.coming.map(({ version }) => version)).toEqual([4, 2]);
});

it('has nothing in force before the first version begins', () => {
  const [item] = listed([price(1, at(2027))]).items;
  expect(item).not.toHaveProperty('inForce');
  expect(item!.coming).toHaveLength(1);
});

it('leaves out a price that is in no plan', () => {
  const prices = [price(1, at(2020))];
  expect(priceList({ plans: [plan('a')], prices }, { locale: 'en', now: NOW }).items).toEqual([]);
});
