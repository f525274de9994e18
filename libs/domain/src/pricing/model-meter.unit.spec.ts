import { expect, test } from 'vitest';
import { checkMeterOfModel } from './model-meter.js';

const unlock = { kind: 'unlock', item: 'article', unitPrice: '1' } as const;
const perUnit = { kind: 'per_unit', unitPrice: '1' } as const;

test.each(['sum', 'max'] as const)('an unlock does not take a meter of a %s', (aggregation) => {
  expect(checkMeterOfModel(unlock, { aggregation })).toEqual([
    { reason: 'unlock_needs_count', pointer: '/meter' },
  ]);
  expect(checkMeterOfModel(perUnit, { aggregation })).toEqual([]);
});

test('an unlock takes a meter that counts', () => {
  expect(checkMeterOfModel(unlock, { aggregation: 'count' })).toEqual([]);
});
