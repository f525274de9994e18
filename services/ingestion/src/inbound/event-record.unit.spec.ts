import type { ConsumedRecord } from '@farthing/adapters/kafka/batch-handler';
import { describe, expect, it } from 'vitest';
import { candidateFromRecord } from './event-record.js';

function record(
  value: string | Uint8Array | null,
  headers: ConsumedRecord['headers'] = {},
): ConsumedRecord {
  const bytes = value === null ? null : Buffer.from(value as string);
  return { offset: 7n, key: null, value: bytes, headers, appendedAtMs: 0 };
}

const BINARY = {
  'content-type': 'application/json',
  ce_specversion: '1.0',
  ce_id: Buffer.from('1'),
  ce_source: 'web',
  ce_type: 'article.read',
  ce_subject: 'alice',
};

describe('a record in structured mode', () => {
  it.each([{}, { 'content-type': 'application/cloudevents+json; charset=utf-8' }])(
    'is an event: %j',
    (headers) => {
      const candidate = candidateFromRecord(record('{"id":"1","data":{"a":1}}', headers));
      expect(candidate).toMatchObject({ attributes: { id: '1' }, properties: { a: 1 }, bytes: 25 });
      expect(candidate.data?.toString()).toBe('{"a":1}');
    },
  );

  it.each([
    ['not_json', null],
    ['not_json', ''],
    ['not_json', '{"a"'],
    ['not_json', '{} {}'],
    ['not_utf8', new Uint8Array([0xff])],
  ])('can be %s', (code, value) => {
    expect(candidateFromRecord(record(value)).fault).toEqual({ code, pointer: '' });
  });

  it.each(['application/cloudevents+avro', 'application/cloudevents-batch+json'])(
    'is not read as %s',
    (contentType) => {
      const { fault } = candidateFromRecord(record('[]', { 'content-type': contentType }));
      expect(fault).toEqual({ code: 'content_type_unsupported', pointer: '' });
    },
  );
});

describe('a record in binary mode', () => {
  it('has its attributes in headers and data in its value', () => {
    const candidate = candidateFromRecord(record(' {"a":1} ', BINARY));
    expect({ ...candidate.attributes }).toEqual({
      datacontenttype: 'application/json',
      specversion: '1.0',
      id: '1',
      source: 'web',
      type: 'article.read',
      subject: 'alice',
    });
    expect(candidate.properties).toEqual({ a: 1 });
    // The same bytes as in structured mode, so that the body hash is the same.
    expect(candidate.data?.toString()).toBe('{"a":1}');
    expect(candidate.fault).toBeUndefined();
  });

  it.each([null, ''])('may have no data', (value) => {
    expect(candidateFromRecord(record(value, BINARY))).toMatchObject({ data: undefined });
  });

  it.each([
    ['not_json', '/data', '{', {}],
    ['not_utf8', '/data', new Uint8Array([0xff]), {}],
    ['duplicate_key', '/data/a', '{"a":1,"a":2}', {}],
    ['duplicate_key', '/id', '{}', { ce_id: ['1', '2'] }],
    ['not_utf8', '/id', '{}', { ce_id: Buffer.from([0xff]) }],
  ])('can be %s at %s', (code, pointer, value, headers) => {
    const candidate = candidateFromRecord(record(value, { ...BINARY, ...headers }));
    expect(candidate.fault).toEqual({ code, pointer });
  });

  it('points to inexact numbers from the root of the event', () => {
    const candidate = candidateFromRecord(record('{"a":1e-400}', BINARY));
    expect(candidate.inexactNumbers).toEqual(['/data/a']);
  });

  it('keeps a header that is called like a prototype an attribute', () => {
    const { attributes } = candidateFromRecord(record('{}', { ...BINARY, ce___proto__: 'x' }));
    expect(Object.keys(attributes!)).toContain('__proto__');
  });
});
