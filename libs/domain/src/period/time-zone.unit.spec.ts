import { expect, test } from 'vitest';
import { formatMicros, parseMicros } from './micros.js';
import { instantOfWall, isTimeZone, wallMicros } from './time-zone.js';

function at(text: string): number {
  const parsed = parseMicros(text);
  if (parsed.outcome === 'refused') throw new Error(parsed.reason);
  return parsed.micros;
}

test.each([
  ['UTC', true],
  ['Europe/Berlin', true],
  ['America/Argentina/Buenos_Aires', true],
  ['Etc/GMT+5', true],
  ['+02:00', false],
  ['Mars/Olympus', false],
  ['', false],
  ['2026-01-01T00:00[UTC]', false],
])('%s is a time zone: %s', (text, expected) => {
  expect(isTimeZone(text)).toBe(expected);
});

test.each([
  // zone, wall clock, instant
  ['Europe/Berlin', '2026-01-15T12:00:00.000001Z', '2026-01-15T11:00:00.000001Z'],
  // Skipped: 02:30 does not exist, and the first time that does is 03:00.
  ['Europe/Berlin', '2026-03-29T02:30:00.000001Z', '2026-03-29T01:00:00.000000Z'],
  ['Europe/Berlin', '2026-03-29T02:00:00Z', '2026-03-29T01:00:00.000000Z'],
  ['Europe/Berlin', '2026-03-29T03:00:00Z', '2026-03-29T01:00:00.000000Z'],
  // Repeated: 02:30 comes twice, and the earlier counts.
  ['Europe/Berlin', '2026-10-25T02:30:00Z', '2026-10-25T00:30:00.000000Z'],
  ['Australia/Lord_Howe', '2026-10-04T02:15:00Z', '2026-10-03T15:30:00.000000Z'],
  // Samoa skipped a whole day.
  ['Pacific/Apia', '2011-12-30T12:00:00Z', '2011-12-30T10:00:00.000000Z'],
  // Midnight itself can be skipped.
  ['America/Sao_Paulo', '2018-11-04T00:00:00Z', '2018-11-04T03:00:00.000000Z'],
  ['Asia/Kathmandu', '2026-01-01T00:00:00Z', '2025-12-31T18:15:00.000000Z'],
])('in %s the clock shows %s at %s', (zone, wall, instant) => {
  expect(formatMicros(instantOfWall(at(wall), zone))).toBe(instant);
});

test('the wall clock is the instant moved by the offset', () => {
  const instant = at('2026-07-01T00:00:00.123456Z');
  expect(formatMicros(wallMicros(instant, 'Asia/Kolkata'))).toBe('2026-07-01T05:30:00.123456Z');
  expect(wallMicros(instant, 'UTC')).toBe(instant);
});
