import fc from 'fast-check';
import { expect, test } from 'vitest';
import { daysInMonth, formatMicros, parseMicros } from './micros.js';

test.each([
  ['1970-01-01T00:00:00Z', 0, '1970-01-01T00:00:00.000000Z'],
  ['1970-01-01T00:00:00.000001Z', 1, '1970-01-01T00:00:00.000001Z'],
  ['1970-01-01T00:00:00.0000019Z', 1, '1970-01-01T00:00:00.000001Z'],
  ['1970-01-01t00:00:01z', 1_000_000, '1970-01-01T00:00:01.000000Z'],
  ['1970-01-01T02:00:00+02:00', 0, '1970-01-01T00:00:00.000000Z'],
  ['1969-12-31T23:30:00-00:30', 0, '1970-01-01T00:00:00.000000Z'],
  ['2024-02-29T12:00:00.5Z', 1_709_208_000_500_000, '2024-02-29T12:00:00.500000Z'],
  ['2199-12-31T23:59:59.999999Z', 7_258_118_399_999_999, '2199-12-31T23:59:59.999999Z'],
])('%s is %s, written %s', (text, micros, written) => {
  expect(parseMicros(text)).toEqual({ outcome: 'parsed', micros });
  expect(formatMicros(micros)).toBe(written);
});

test.each([
  ['', 'not_a_timestamp'],
  ['2026-01-01', 'not_a_timestamp'],
  ['2026-01-01 00:00:00Z', 'not_a_timestamp'],
  ['2026-01-01T00:00:00', 'not_a_timestamp'],
  ['2026-1-1T00:00:00Z', 'not_a_timestamp'],
  ['2026-01-01T00:00:00.Z', 'not_a_timestamp'],
  ['2026-01-01T00:00Z', 'not_a_timestamp'],
  ['2026-01-01T00:00:00+0200', 'not_a_timestamp'],
  ['2026-01-01T00:00:00Z\n', 'not_a_timestamp'],
  ['+02026-01-01T00:00:00Z', 'not_a_timestamp'],
  [`2026-01-01T00:00:00.${'1'.repeat(100_000)}Z`, 'not_a_timestamp'],
  ['2026-02-30T00:00:00Z', 'no_such_date'],
  ['2023-02-29T00:00:00Z', 'no_such_date'],
  ['1900-02-29T00:00:00Z', 'no_such_date'],
  ['2026-13-01T00:00:00Z', 'no_such_date'],
  ['2026-00-01T00:00:00Z', 'no_such_date'],
  ['2026-04-31T00:00:00Z', 'no_such_date'],
  ['2026-01-01T24:00:00Z', 'no_such_time'],
  ['2026-01-01T00:60:00Z', 'no_such_time'],
  ['2016-12-31T23:59:60Z', 'no_such_time'],
  ['2026-01-01T00:00:00+24:00', 'no_such_offset'],
  ['2026-01-01T00:00:00+00:60', 'no_such_offset'],
  ['1969-12-31T23:59:59Z', 'timestamp_out_of_range'],
  ['0026-01-01T00:00:00Z', 'timestamp_out_of_range'],
  ['2200-01-01T00:00:00Z', 'timestamp_out_of_range'],
])('%.40s is refused as %s', (text, reason) => {
  expect(parseMicros(text)).toEqual({ outcome: 'refused', reason });
});

test('what is written is read back', () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 7_258_118_399_999_999 }), (micros) => {
      expect(parseMicros(formatMicros(micros))).toEqual({ outcome: 'parsed', micros });
    }),
  );
});

test('months have the days that the calendar gives them', () => {
  expect([1, 2, 3, 4, 12].map((month) => daysInMonth(2026, month))).toEqual([31, 28, 31, 30, 31]);
  expect([2000, 2024, 2100].map((year) => daysInMonth(year, 2))).toEqual([29, 29, 28]);
});
