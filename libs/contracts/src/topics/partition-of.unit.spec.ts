import { describe, expect, it } from 'vitest';
import { partitionOf } from './partition-of.js';

// Golden: computed once with Python's hashlib from the definition.
const VECTORS: ReadonlyArray<[string, string, number, number]> = [
  ['acme', 'alice', 2, 26],
  ['acme', 'bob', 2, 34],
  ['acme', '', 2, 10],
  ['acme.test', 'alice', 2, 42],
  ['demo-0123456789', '130.110.74.81', 5, 21],
  ['a', 'bc', 5, 13],
  ['ab', 'c', 3, 19],
];

describe('partitionOf', () => {
  it.each(VECTORS)('%s / %s is in %i of 8 and %i of 48', (tenant, customer, of8, of48) => {
    expect(partitionOf(tenant, customer, 8)).toBe(of8);
    expect(partitionOf(tenant, customer, 48)).toBe(of48);
  });

  it('does not confuse where the tenant ends', () => {
    const pairs = [
      ['ab', 'c'],
      ['a', 'bc'],
    ] as const;
    const [first, second] = pairs.map(([tenant, customer]) =>
      partitionOf(tenant, customer, 2 ** 32),
    );
    expect(first).not.toBe(second);
  });
});
