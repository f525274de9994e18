import { describe, expect, it } from 'vitest';
import { ChunkSize } from './chunk-size.js';

describe('ChunkSize', () => {
  it.each([
    ['a fast database', 0.004, 5_000],
    ['a usual one', 0.05, 400],
    ['a slow one', 1, 250],
  ])('finds what fits with %s', (_what, msPerCharge, expected) => {
    const size = new ChunkSize();
    for (let at = 0; at < 40; at += 1) size.learn(size.charges, size.charges * msPerCharge);
    expect(size.charges).toBe(expected);
  });

  it('is not thrown off by one slow commit or by short chunks', () => {
    const size = new ChunkSize();
    size.learn(400, 4);
    expect(size.charges).toBe(800);
    size.learn(800, 4_000);
    expect(size.charges).toBe(402);
    for (let at = 0; at < 20; at += 1) size.learn(1, 3);
    expect(size.charges).toBe(402);
  });
});
