import { expect, test } from 'vitest';
import { propertyText } from './property-text.js';

test.each([
  ['a', { outcome: 'read', text: 'a' }],
  ['', { outcome: 'read', text: '' }],
  ['😀', { outcome: 'read', text: '😀' }],
  [7, { outcome: 'read', text: '7' }],
  [false, { outcome: 'read', text: 'false' }],
  [undefined, { outcome: 'absent' }],
  [null, { outcome: 'absent' }],
  [0.5, { outcome: 'refused', reason: 'property_not_text' }],
  [{}, { outcome: 'refused', reason: 'property_not_text' }],
  ['x'.repeat(256), { outcome: 'refused', reason: 'property_not_text' }],
  ['a\u0000b', { outcome: 'refused', reason: 'property_not_text' }],
  ['\ud800', { outcome: 'refused', reason: 'property_not_text' }],
])('%.20j is %j', (value, outcome) => {
  expect(propertyText({ value }, ['value'])).toEqual(outcome);
});
