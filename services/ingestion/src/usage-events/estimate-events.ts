import type { EventFormat } from './request-format.js';

const LINE_FEED = 0x0a;
const SPECVERSION = Buffer.from('"specversion"');

/** About how many events a body has, by a look that costs far less than to parse it; at least 1. */
export function estimateEvents(bytes: Buffer, format: EventFormat): number {
  if (format === 'structured') return 1;
  const found =
    format === 'lines' ? occurrences(bytes, LINE_FEED) : occurrences(bytes, SPECVERSION);
  return Math.max(1, found);
}

function occurrences(bytes: Buffer, needle: number | Buffer): number {
  const step = typeof needle === 'number' ? 1 : needle.length;
  let count = 0;
  for (let at = bytes.indexOf(needle); at >= 0; at = bytes.indexOf(needle, at + step)) count += 1;
  return count;
}
