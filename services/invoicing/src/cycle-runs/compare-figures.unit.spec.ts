import { expect, test } from 'vitest';
import type { PassedBarrier } from './barrier-echoes.repository.js';
import { figureDifferences } from './compare-figures.js';

const USD_15 = '{"USD":"1500000000"}';

function barriers(
  rated: Partial<PassedBarrier> = {},
  paid: Partial<PassedBarrier> = {},
): PassedBarrier[] {
  const agreed = {
    partition: 4,
    saidCharges: 3n,
    saidSums: USD_15,
    ownCharges: 3n,
    ownSums: USD_15,
  };
  return [
    { stream: 'rated', ...agreed, ...rated },
    // Of three charges one was of 0, and a charge of 0 has no payment.
    { stream: 'paid', ...agreed, ownCharges: 2n, ...paid },
  ];
}

test('books that agree have no difference', () => {
  expect(figureDifferences(barriers())).toEqual([]);
  const nothing = { saidCharges: 0n, saidSums: '{}', ownCharges: 0n, ownSums: '{}' };
  expect(figureDifferences(barriers(nothing, nothing))).toEqual([]);
});

test.each([
  [
    barriers({ ownCharges: 2n }),
    [
      'partition 4, rated charges: the barrier says 3 charges, 1.500000000 USD; counted were 2 charges, 1.500000000 USD',
      'partition 4, paid charges: the barrier says 3 charges, 1.500000000 USD; counted were 2 charges, 1.500000000 USD',
    ],
  ],
  [
    barriers({}, { saidCharges: 4n }),
    [
      'partition 4, paid charges: the barrier says 4 charges, 1.500000000 USD; counted were 3 charges, 1.500000000 USD',
    ],
  ],
  [
    barriers({}, { ownSums: '{"USD":"1499999999"}' }),
    [
      'partition 4, paid charges: the barrier says 3 charges, 1.500000000 USD; counted were 3 charges, 1.499999999 USD',
    ],
  ],
  [
    barriers({}, { saidSums: '{}', ownSums: '{}' }),
    [
      'partition 4, paid charges: paid were 3 charges, sums of 0; charged were 3 charges, 1.500000000 USD',
    ],
  ],
  [
    barriers({ saidSums: '{"EUR":"1500000000"}' }),
    [
      'partition 4, rated charges: the barrier says 3 charges, 1.500000000 EUR; counted were 3 charges, 1.500000000 USD',
    ],
  ],
])('a difference names the partition and both figures', (given, differences) => {
  expect(figureDifferences(given)).toEqual(differences);
});
