import { describe, expect, it } from 'vitest';
import { scanBatch, scanLines, scanStructured } from './scan-request.js';
import type { ScanOutcome } from './scan-request.js';

function textsOf(bytes: Buffer, scan: ScanOutcome): string[] {
  if (scan.outcome === 'refused') throw new Error(scan.reason);
  return scan.events.map((event) =>
    event.outcome === 'broken'
      ? event.reason
      : bytes.toString('utf8', event.value.start, event.value.end),
  );
}

const BAD_UTF8 = Buffer.from([0x22, 0xff, 0x22]);

describe('scanBatch', () => {
  it.each([
    ['[]', []],
    [' [ {"a":1} , 2,[3] ] ', ['{"a":1}', '2', '[3]']],
  ])('%j', (text, events) => {
    const bytes = Buffer.from(text);
    expect(textsOf(bytes, scanBatch(bytes, 10))).toEqual(events);
  });

  it.each(['', '{}', '[', '[1', '[1,]', '[1]x', '[{"a":1},{"a"]', '[1][2]'])(
    'refuses %j whole',
    (text) => {
      expect(scanBatch(Buffer.from(text), 10)).toEqual({ outcome: 'refused', reason: 'not_json' });
    },
  );

  it('refuses what is no UTF-8, and too many', () => {
    const bad = Buffer.concat([Buffer.from('['), BAD_UTF8, Buffer.from(']')]);
    expect(scanBatch(bad, 10)).toEqual({ outcome: 'refused', reason: 'not_utf8' });
    expect(scanBatch(Buffer.from('[1,2]'), 2)).toMatchObject({ outcome: 'scanned' });
    const refused = { outcome: 'refused', reason: 'too_many_events' };
    expect(scanBatch(Buffer.from('[1,2,3]'), 2)).toEqual(refused);
    expect(scanLines(Buffer.from('1\n2\n3'), 2)).toEqual(refused);
  });

  it('keeps the faults of neighbours apart', () => {
    const scan = scanBatch(Buffer.from('[{"a":1},{"b":1,"b":1},{"c":1}]'), 10);
    if (scan.outcome === 'refused') throw new Error(scan.reason);
    const faults = scan.events.map((event) => event.outcome === 'scanned' && event.value.fault);
    expect(faults).toEqual([undefined, { code: 'duplicate_key', pointer: '/b' }, undefined]);
  });
});

describe('scanStructured', () => {
  it('takes one value', () => {
    const bytes = Buffer.from(' {"a":1} ');
    expect(textsOf(bytes, scanStructured(bytes))).toEqual(['{"a":1}']);
  });

  it.each(['', '{', '{}{}', '{}\n{}'])('refuses %j', (text) => {
    expect(scanStructured(Buffer.from(text))).toEqual({ outcome: 'refused', reason: 'not_json' });
  });
});

describe('scanLines', () => {
  it('breaks a broken line alone', () => {
    const bytes = Buffer.concat([
      Buffer.from('{"a":1}\r\n\n  \n{"b":\n'),
      BAD_UTF8,
      Buffer.from('\n{"c":1}{}\n{"d":1}'),
    ]);
    const events = ['{"a":1}', 'not_json', 'not_utf8', 'not_json', '{"d":1}'];
    expect(textsOf(bytes, scanLines(bytes, 10))).toEqual(events);
  });
});
