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

test.each(['count', 'max'] as const)(
  'an amount on the event is not read by a %s',
  (aggregation) => {
    const tip = { kind: 'amount_on_event' } as const;
    const fee = { kind: 'percentage', rate: '1' } as const;
    for (const model of [tip, fee]) {
      expect(checkMeterOfModel(model, { aggregation })).toEqual([
        { reason: 'event_amount_needs_sum', pointer: '/meter' },
      ]);
      expect(checkMeterOfModel(model, { aggregation: 'sum' })).toEqual([]);
    }
  },
);
