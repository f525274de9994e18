import { describe, expect, it } from 'vitest';
import { saysItsInteger } from './number-text.js';

describe('saysItsInteger', () => {
  it.each(['0.0', '-0.0', '0e5', '1.0', '1e2', '1.50e1', '100e-2', '0.25', '1e309', '123.000e0'])(
    '%s',
    (text) => expect(saysItsInteger(text)).toBe(true),
  );
  it.each([
    '1.00000000000000000001',
    '1e-400',
    '0.99999999999999999999',
    '10000000000000000.1e-15',
  ])('not %s', (text) => expect(saysItsInteger(text)).toBe(false));
});
