import { expect, it } from 'vitest';
import { diffLines } from './show-book.js';

it('says of each refusal what it is of and why', () => {
  const refusals = [
    { reason: 'aggregation_differs', key: 'seats', before: 'sum', after: 'max' },
    { reason: 'currency_differs', key: 'articles', before: 'USD', after: 'EUR' },
  ] as const;
  expect(diffLines({ changes: [], refusals })).toEqual([
    '! meter seats: sum would become max, but catalog has this meter with another aggregation: quantities carry over, so a new way needs a new meter',
    '! price articles: USD would become EUR, but another version of this price has another currency: use a new key',
  ]);
});
