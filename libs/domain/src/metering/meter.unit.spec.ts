import { expect, test } from 'vitest';
import { checkMeter, compileMeter, type Meter } from './meter.js';

const SOUND: Meter = {
  tenant: 'acme',
  key: 'traffic',
  version: 1,
  eventTypes: ['article.read'],
  aggregation: 'sum',
  filter: [{ op: 'eq', pointer: '/status', value: 200 }],
  valuePointer: '/bytes',
  dimensions: [{ name: 'format', pointer: '/format' }],
};
const { valuePointer: _, ...WITHOUT_VALUE } = SOUND;

test('a sound meter has no fault', () => {
  expect(checkMeter(SOUND)).toEqual([]);
  expect(compileMeter(SOUND).value).toEqual(['bytes']);
});

test.each<[string, string, Meter]>([
  ['value_pointer_missing', '/valuePointer', WITHOUT_VALUE],
  ['not_a_positive_quantity', '/unit/size', { ...SOUND, unit: { name: 'MB', size: '0' } }],
  ['not_a_positive_quantity', '/unit/size', { ...SOUND, unit: { name: 'MB', size: '1e6' } }],
  ['no_event_types', '/eventTypes', { ...SOUND, eventTypes: [] }],
  ['event_type_named_twice', '/eventTypes/1', { ...SOUND, eventTypes: ['a', 'a'] }],
  ['value_pointer_unused', '/valuePointer', { ...SOUND, aggregation: 'count' }],
  ['not_a_json_pointer', '/valuePointer', { ...SOUND, valuePointer: 'bytes' }],
  [
    'not_a_json_pointer',
    '/filter/0/pointer',
    { ...SOUND, filter: [{ op: 'exists', pointer: 'a', exists: true }] },
  ],
  [
    'not_a_json_pointer',
    '/dimensions/0/pointer',
    { ...SOUND, dimensions: [{ name: 'a', pointer: 'a' }] },
  ],
  [
    'dimension_named_twice',
    '/dimensions/1/name',
    {
      ...SOUND,
      dimensions: [
        { name: 'a', pointer: '/a' },
        { name: 'a', pointer: '/b' },
      ],
    },
  ],
])('%s at %s is found, and is a bug by the time that it is compiled', (reason, pointer, meter) => {
  expect(checkMeter(meter)).toEqual([{ reason, pointer }]);
  expect(() => compileMeter(meter)).toThrow(reason);
});
