import { describe, expect, it } from 'vitest';
import { countCharge, passBarrier, type TallySums } from './barrier-tally.js';

describe('a barrier', () => {
  it('is told counts and sums by currency in byte order, and counting begins afresh', () => {
    const sums: TallySums = new Map();
    countCharge(sums, 'USD', 5n);
    countCharge(sums, 'EUR', -7n);
    countCharge(sums, 'USD', 0n);
    expect(passBarrier(sums)).toEqual({
      charges: 3n,
      sums: [
        { currency: 'EUR', sumNanos: '-7' },
        { currency: 'USD', sumNanos: '5' },
      ],
    });
    expect(passBarrier(sums)).toEqual({ charges: 0n, sums: [] });
    countCharge(sums, 'USD', 0n);
    expect(passBarrier(sums)).toEqual({ charges: 1n, sums: [{ currency: 'USD', sumNanos: '0' }] });
  });
});
