import { expect, test } from 'vitest';
import { monthOf } from './preview-command.js';

test.each([
  [undefined, '2026-03-31T23:59:59Z', '2026-02-01T00:00:00Z', '2026-03-01T00:00:00Z'],
  [undefined, '2026-01-01T00:00:00Z', '2025-12-01T00:00:00Z', '2026-01-01T00:00:00Z'],
  ['2025-12', '2026-01-01T00:00:00Z', '2025-12-01T00:00:00Z', '2026-01-01T00:00:00Z'],
  ['1999-02', '2026-01-01T00:00:00Z', '1999-02-01T00:00:00Z', '1999-03-01T00:00:00Z'],
])('the month %s as of %s', (text, now, from, to) => {
  expect(monthOf(text, new Date(now))).toEqual({ from, to });
});

test.each(['2026-01', '2026-02', '2025-13', '2025-00', '25-01', '1969-12', ''])(
  '%s is no past month in January 2026',
  (text) => {
    expect(monthOf(text, new Date('2026-01-31T00:00:00Z'))).toBeUndefined();
  },
);
