import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { DEPTH_MAX, JsonScanner } from './json-scanner.js';

function scan(text: string) {
  const bytes = Buffer.from(text);
  const scanner = new JsonScanner(bytes);
  const value = scanner.next();
  return value && scanner.atEnd() ? value : undefined;
}

function dataOf(text: string): string | undefined {
  const value = scan(text);
  if (!value || value.dataStart < 0) return undefined;
  return Buffer.from(text).toString('utf8', value.dataStart, value.dataEnd);
}

const JSON_TEXTS = [
  '{}',
  '[]',
  ' [ 1 , 2 ] ',
  'null',
  'true',
  'false',
  '""',
  '"\\"\\\\\\/\\b\\f\\n\\r\\t\\u00e9"',
  '"\u007f€😀\u2028"',
  '-0',
  '0',
  '1e5',
  '1E+5',
  '-1.25e-9',
  '123456789012345678901234567890',
  '{"a":[{"b":[[],{}]}],"c":null}',
  '\t\r\n{"a":1}\n',
];

const NOT_JSON = [
  '',
  ' ',
  '{',
  '[',
  '{"a"',
  '{"a":',
  '{"a":1',
  '{"a":1,}',
  '{"a":1 "b":2}',
  '{a:1}',
  "{'a':1}",
  '[1,]',
  '[,1]',
  '[1 2]',
  '[1}',
  '{"a":1]',
  '01',
  '-',
  '+1',
  '1.',
  '.5',
  '1e',
  '1e+',
  '0x10',
  'NaN',
  'Infinity',
  '-Infinity',
  'tru',
  'nul',
  'True',
  '"',
  '"a',
  '"\n"',
  '"\u0000"',
  '"\\x41"',
  '"\\u12"',
  '"\\u12G4"',
  '"\\',
  '{} {}',
  '1 2',
  '\ufeff{}',
  '{"a":1}\u00a0',
  '/* no */ {}',
];

const FAULTS: ReadonlyArray<[string, string, string]> = [
  ['{"a":1,"a":2}', 'duplicate_key', '/a'],
  ['{"a":1,"\\u0061":2}', 'duplicate_key', '/a'],
  ['{"\\u0061":1,"a":2}', 'duplicate_key', '/a'],
  ['{"x":[0,{"é":1,"b":2,"é":3}]}', 'duplicate_key', '/x/1/é'],
  ['{"a/b":{"~":1,"~":1}}', 'duplicate_key', '/a~1b/~0'],
  ['{"a":1,"b":{"a":1},"a":1}', 'duplicate_key', '/a'],
  ['{"__proto__":{}}', 'forbidden_key', '/__proto__'],
  ['{"a":{"\\u005f_proto__":1}}', 'forbidden_key', '/a/__proto__'],
  ['{"a":"\\ud800"}', 'lone_surrogate', '/a'],
  ['{"a":["x","\\udc00"]}', 'lone_surrogate', '/a/1'],
  ['{"a":"\\ud800\\ud800"}', 'lone_surrogate', '/a'],
  ['{"a":{"\\udfff":1}}', 'lone_surrogate', '/a'],
  ['{"a":"\\u0000"}', 'nul_in_text', '/a'],
  ['{"a":{"\\u0000":1}}', 'nul_in_text', '/a'],
];

const PIECES = ['"a"', '"b"', '0', '-1.5e3', 'null', '"\\n"', '01'];

describe('JsonScanner', () => {
  it.each(JSON_TEXTS)('reads %j', (text) => {
    expect(() => JSON.parse(text)).not.toThrow();
    expect(scan(text)).toMatchObject({ fault: undefined });
  });

  it.each(NOT_JSON)('refuses %j', (text) => {
    expect(scan(text)).toBeUndefined();
  });

  it.each(FAULTS)('finds in %j %s at %s', (text, code, pointer) => {
    expect(scan(text)?.fault).toEqual({ code, pointer });
  });

  it('takes a surrogate pair for a character', () => {
    expect(scan('{"a":"\\ud83d\\ude00"}')?.fault).toBeUndefined();
  });

  it('takes the same name in two objects', () => {
    expect(scan('[{"a":1},{"a":{"a":{"a":1}},"b":{"a":1}}]')?.fault).toBeUndefined();
  });

  it('tells an object and the one before it apart', () => {
    const wide = Array.from({ length: 40 }, (_, i) => `"k${i}":${i}`).join();
    expect(scan(`[{${wide}},{${wide}}]`)?.fault).toBeUndefined();
    const twice = `{${wide},"k3":0}`;
    expect(scan(`[{"k3":1},${twice}]`)?.fault).toEqual({ code: 'duplicate_key', pointer: '/1/k3' });
  });

  it('reads as deep as it says and follows what is deeper to its end', () => {
    expect(scan(nested(DEPTH_MAX))?.fault).toBeUndefined();
    const fault = { code: 'too_deep', pointer: '/0'.repeat(DEPTH_MAX) };
    expect(scan(nested(DEPTH_MAX + 1))?.fault).toEqual(fault);
    expect(scan(nested(500_000))?.fault).toEqual(fault);
    expect(scan('['.repeat(500_000))).toBeUndefined();
  });

  it('is linear in the number of names', () => {
    const names = Array.from({ length: 100_000 }, (_, i) => `"${i}":0`).join();
    const startedAt = performance.now();
    expect(scan(`{${names}}`)?.fault).toBeUndefined();
    expect(performance.now() - startedAt).toBeLessThan(2_000);
  });

  it.each([
    ['{"data":{"a":1}}', '{"a":1}'],
    ['{"id":"1", "data" :  { "a" : [ 1 ] }  , "x":1}', '{ "a" : [ 1 ] }'],
    ['{"d\\u0061ta":5}', '5'],
    ['{"data":"é"}', '"é"'],
    ['{"data":{"data":{"data":1}}}', '{"data":{"data":1}}'],
    ['{"x":{"data":1}}', undefined],
    ['[{"data":1}]', undefined],
  ])('gives of %j the exact bytes of data', (text, data) => {
    expect(dataOf(text)).toBe(data);
  });

  it('names numbers that JSON.parse turns into another integer', () => {
    const text = '{"a":1.5,"b":[1e2,1.00000000000000000001],"c":1e-400,"d":5.0,"e":1e309,"f":-0.0}';
    expect(scan(text)?.inexactNumbers).toEqual(['/b/1', '/c']);
  });

  it('agrees with JSON.parse on what JSON is', () => {
    const piece = fc.constantFrom(...'{}[],: ', ...PIECES);
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 12 }), (pieces) => {
        const text = pieces.join('');
        expect(scan(text) !== undefined).toBe(isJson(text));
      }),
      { numRuns: 3_000 },
    );
  });

  it('finds nothing wrong with what JSON.stringify writes, and where it ends', () => {
    fc.assert(
      fc.property(fc.jsonValue({ maxDepth: 5 }), (value) => {
        const text = JSON.stringify(value);
        fc.pre(!/__proto__|\\u0000|\\ud[89a-f]/.test(text));
        const bytes = Buffer.from(`[${text}]`);
        const scanner = new JsonScanner(bytes, 1);
        expect(scanner.next()).toMatchObject({ start: 1, end: bytes.length - 1, fault: undefined });
      }),
    );
  });
});

function nested(depth: number): string {
  return '['.repeat(depth) + ']'.repeat(depth);
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}
