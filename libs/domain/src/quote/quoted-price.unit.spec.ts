import { expect, test } from 'vitest';
import type { Price } from '../pricing/price.js';
import { PriceBook } from '../rating/price-book.js';
import type { QuotedCharge } from './quote.js';
import { quotedPrices } from './quoted-price.js';

const PRICE: Price = {
  tenant: 'acme',
  key: 'articles',
  version: 1,
  meterKey: 'articles',
  currency: 'USD',
  model: { kind: 'per_unit', unitPrice: '1' },
  effectiveFrom: 0,
  taxCategory: 'standard',
  split: [],
  description: 'An article',
};
const VIDEO = { values: { format: 'video' }, model: { kind: 'per_unit', unitPrice: '2' } } as const;
const MATRIX = { kind: 'matrix', dimensions: ['format'], cells: [VIDEO] } as const;
const OPEN = { ...MATRIX, default: { kind: 'per_unit', unitPrice: '3' } } as const;
const UNLOCK = { kind: 'unlock', item: 'format', unitPrice: '5' } as const;
const QUOTED: QuotedCharge = {
  meter: 'articles',
  price: 'articles',
  version: 1,
  cell: '',
  amount: 7n,
};
const OF_VIDEO = { ...QUOTED, cell: '{"format":"video"}' };

/** Version and cell of what an event of the format is a charge of, 100 after the epoch. */
function found(charge: QuotedCharge, format: string, versions: readonly Partial<Price>[]) {
  const prices = versions.map((changes, at) => ({ ...PRICE, version: at + 1, ...changes }));
  const book = new PriceBook({
    planAt: () => undefined,
    priceVersionsAt: () => prices,
    meterAt: () => undefined,
  });
  const [booked] = quotedPrices(charge, book.versions({ tenant: 'acme', price: 'articles' }, 1), {
    occurredAt: 100,
    currency: 'USD',
    dimensionOf: (name) => (name === 'format' ? format : undefined),
  });
  return booked && [booked.price.version, booked.cell];
}

test.each<[string, QuotedCharge, readonly Partial<Price>[], [number, string] | undefined]>([
  ['the quoted version, which is in force', QUOTED, [{}], [1, '']],
  ['the version that came since', QUOTED, [{}, { effectiveFrom: 100 }], [2, '']],
  ['the quoted one before the next is in force', QUOTED, [{}, { effectiveFrom: 101 }], [1, '']],
  ['the quoted one when none is in force yet', QUOTED, [{ effectiveFrom: 101 }], [1, '']],
  ['the quoted one when the next has another meter', QUOTED, [{}, { meterKey: 'reads' }], [1, '']],
  [
    'the quoted one when the next is in another currency',
    QUOTED,
    [{}, { currency: 'EUR' }],
    [1, ''],
  ],
  ['the quoted one when the next unlocks', QUOTED, [{}, { model: UNLOCK }], [1, '']],
  ['the cell of the next version', QUOTED, [{}, { model: MATRIX }], [2, '{"format":"video"}']],
  [
    'the version in force when the quoted one is not known yet',
    { ...QUOTED, version: 2 },
    [{}],
    [1, ''],
  ],
  ['none when that has another cell', { ...QUOTED, version: 2 }, [{ model: MATRIX }], undefined],
  ['none when no version is known', QUOTED, [], undefined],
  ['the quoted cell', OF_VIDEO, [{ model: MATRIX }], [1, '{"format":"video"}']],
  ['the whole of a version without cells', OF_VIDEO, [{ model: MATRIX }, {}], [2, '']],
])('of a quoted charge: %s', (_, charge, versions, expected) => {
  expect(found(charge, 'video', versions)).toEqual(expected);
});

test('a use that belongs to another cell than the quoted one has no price', () => {
  expect(found(OF_VIDEO, 'audio', [{ model: OPEN }])).toBeUndefined();
  expect(found(OF_VIDEO, 'audio', [{ model: MATRIX }])).toBeUndefined();
  expect(found(OF_VIDEO, 'audio', [{ model: MATRIX }, {}])).toBeUndefined();
});

test('a use that the version in force has no cell for is charged by the quoted one', () => {
  expect(found(QUOTED, 'audio', [{}, { model: MATRIX }])).toEqual([1, '']);
});
