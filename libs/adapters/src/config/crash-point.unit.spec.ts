import { expect, test } from 'vitest';
import { createCrashPoint } from './crash-point.js';

test('it dies at the nth passing of the named point, and at no other', () => {
  let deaths = 0;
  const crashPoint = createCrashPoint('after_commit:2', () => (deaths += 1));
  crashPoint('after_commit');
  crashPoint('before_effects');
  expect(deaths).toBe(0);
  crashPoint('after_commit');
  expect(deaths).toBe(1);
  crashPoint('after_commit');
  expect(deaths).toBe(1);
});

test('a point that nobody passes is refused, because such a test would prove nothing', () => {
  expect(() => createCrashPoint('after_lunch:1')).toThrow('after_lunch');
});
