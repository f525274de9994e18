import { expect, it, test } from 'vitest';
import { lintPriceBook } from '@farthing/domain/price-book/lint-price-book';
import { parseBook } from './book-file.js';

const YAML = `
meters:
  - { key: articles, eventTypes: [article.read], aggregation: count }
prices:
  - key: articles
    meter: articles
    currency: USD
    effectiveFrom: 2026-01-01T00:00:00Z
    description: An article
    model: { kind: per_unit, unitPrice: "0.25" }
    maximum: "5"
plans:
  - { key: reader, prices: [articles] }
`;

it('reads YAML and JSON alike, an instant as the text that it is', () => {
  const book = parseBook(YAML, 'prices.yaml');
  expect(parseBook(JSON.stringify(book), 'prices.json')).toEqual(book);
  expect(book.prices).toMatchObject([
    { effectiveFrom: '2026-01-01T00:00:00Z', model: { unitPrice: '0.25' }, maximum: '5' },
  ]);
  expect(lintPriceBook(book, Date.UTC(2026, 5) * 1_000)).toEqual([]);
});

it('reads how a meter is shown', () => {
  const text = YAML.replace('count }', "count, unit: { name: kB, size: '1000' } }");
  const book = parseBook(text, 'prices.yaml');
  expect(book.meters).toMatchObject([{ unit: { name: 'kB', size: '1000' } }]);
  expect(lintPriceBook(book, Date.UTC(2026, 5) * 1_000)).toEqual([]);
});

it('takes what is not there for nothing', () => {
  expect(parseBook('prices: []', 'prices.yaml')).toEqual({ meters: [], prices: [], plans: [] });
});

it('leaves a bare decimal for the linter to find', () => {
  const book = parseBook(YAML.replace('"0.25"', '0.25'), 'prices.yaml');
  expect(lintPriceBook(book, Date.UTC(2026, 5) * 1_000).map(({ code }) => code)).toEqual([
    'decimal_not_text',
  ]);
});

test('what the close of a period adds is a part of a price', () => {
  const text = YAML.replace('maximum: "5"', 'minimum: "5"\n    chargeFirstTierWhenUnused: true');
  expect(parseBook(text, 'book.yaml').prices).toContainEqual(
    expect.objectContaining({ minimum: '5', chargeFirstTierWhenUnused: true }),
  );
});

test.each([
  ['a field that is missing', YAML.replace('    currency: USD\n', ''), '/prices/0/currency'],
  ['a misspelt list', YAML.replace('plans:', 'plan:'), 'plan'],
  ['a misspelt field', YAML.replace('maximum', 'maximun'), 'maximun'],
  ['a field that catalog does not take', YAML.replace('maximum', 'least'), 'least'],
  [
    'a misspelt condition',
    YAML.replace('count }', 'count, filter: [{ op: eq, pointer: /a, val: 1 }] }'),
    'val',
  ],
  ['a number for a name', YAML.replace('key: reader', 'key: 5'), '/plans/0/key'],
  ['no object', 'prices', 'is not a price book'],
  ['broken YAML', 'prices: [', 'prices.yaml is neither YAML nor JSON'],
  ['a member named twice', `${YAML}plans: []`, 'prices.yaml is neither YAML nor JSON'],
])('refuses %s', (_, text, words) => {
  expect(() => parseBook(text, 'prices.yaml')).toThrow(words);
});
