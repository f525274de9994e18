import { usageEvent } from '../stack/usage-event.js';

/** A line of NDJSON, the code that it gets and the pointer into it. */
export interface RefusedEvent {
  readonly code: string;
  readonly line: string | Buffer;
  readonly pointer?: string;
}

const DAY_MS = 86_400_000;

/** An event with one thing wrong. A thing set to undefined is left out. */
function wrong(code: string, thing: Record<string, unknown>, pointer: string): RefusedEvent {
  return {
    code,
    line: JSON.stringify({ ...usageEvent({ id: `bad-${code}` }), ...thing }),
    pointer,
  };
}

/** A clip whose `seconds` are this JSON text. */
function clip(code: string, seconds: string): RefusedEvent {
  const event = JSON.stringify(usageEvent({ id: `bad-${code}`, type: 'clip.watched', data: 0 }));
  const line = event.replace('"data":0', `"data":{"seconds":${seconds},"creator":"ada"}`);
  return { code, line, pointer: '/data/seconds' };
}

/** An event whose `data` is this JSON text. */
function raw(code: string, data: string, pointer: string): RefusedEvent {
  const event = JSON.stringify(usageEvent({ id: `bad-${code}`, data: 0 }));
  return { code, line: event.replace('"data":0', `"data":${data}`), pointer };
}

const ago = (ms: number) => new Date(Date.now() - ms).toISOString();

/** Every refusal that a line of a tenant which creates its customers can meet, in the order of the door's list. */
export const REFUSED_EVENTS: readonly RefusedEvent[] = [
  raw('event_too_large', `{"pad":"${'x'.repeat(70_000)}"}`, ''),
  { code: 'not_utf8', line: Buffer.from([0x7b, 0x22, 0xff, 0x22, 0x7d]) },
  { code: 'not_json', line: '{"specversion":"1.0",' },
  { code: 'not_json', line: '199.72.81.55 - - [01/Jul/1995:00:00:01] "GET /"' },
  raw('too_deep', `${'['.repeat(40)}${']'.repeat(40)}`, `/data${'/0'.repeat(31)}`),
  raw('too_deep', `${'['.repeat(30_000)}${']'.repeat(30_000)}`, `/data${'/0'.repeat(31)}`),
  raw('duplicate_key', '{"a":1,"a":2}', '/data/a'),
  { code: 'duplicate_key', line: '{"id":"1","id":"2"}', pointer: '/id' },
  raw('forbidden_key', '{"__proto__":{"admin":true}}', '/data/__proto__'),
  raw('lone_surrogate', String.raw`{"a":"\ud800"}`, '/data/a'),
  raw('nul_in_text', String.raw`{"a":"\u0000"}`, '/data/a'),
  { code: 'not_an_object', line: '42' },
  { code: 'not_an_object', line: '[{"id":"1"}]' },
  wrong('specversion_unsupported', { specversion: '0.3' }, '/specversion'),
  wrong('specversion_unsupported', { specversion: undefined }, '/specversion'),
  wrong('id_missing', { id: undefined }, '/id'),
  wrong('id_invalid', { id: '' }, '/id'),
  wrong('id_invalid', { id: 'x'.repeat(256) }, '/id'),
  wrong('id_invalid', { id: 7 }, '/id'),
  wrong('source_missing', { source: null }, '/source'),
  wrong('source_invalid', { source: 'two words' }, '/source'),
  wrong('type_missing', { type: undefined }, '/type'),
  wrong('type_invalid', { type: ['article.read'] }, '/type'),
  wrong('subject_missing', { subject: undefined }, '/subject'),
  wrong('subject_invalid', { subject: 'Jürgen' }, '/subject'),
  wrong('holdid_invalid', { holdid: 'two words' }, '/holdid'),
  wrong('quotetoken_invalid', { quotetoken: 'x'.repeat(4_097) }, '/quotetoken'),
  wrong('datacontenttype_unsupported', { datacontenttype: 'text/xml' }, '/datacontenttype'),
  wrong('correction_invalid', { farthingvoids: 'two words' }, '/farthingvoids'),
  wrong('attribute_name_invalid', { 'Trace-Id': 'x' }, '/Trace-Id'),
  wrong('attribute_value_invalid', { trace: { id: 1 } }, '/trace'),
  wrong('attribute_value_invalid', { trace: 2 ** 31 }, '/trace'),
  wrong('data_base64_unsupported', { data: undefined, data_base64: 'e30=' }, '/data_base64'),
  wrong('data_not_an_object', { data: [1] }, '/data'),
  wrong('not_a_timestamp', { time: 'yesterday' }, '/time'),
  wrong('not_a_timestamp', { time: '2026-03-01T11:00:00' }, '/time'),
  wrong('no_such_date', { time: '2026-02-30T00:00:00Z' }, '/time'),
  wrong('no_such_time', { time: '2026-02-28T24:00:00Z' }, '/time'),
  wrong('no_such_offset', { time: '2026-02-28T00:00:00+24:00' }, '/time'),
  wrong('timestamp_out_of_range', { time: '1969-12-31T23:59:59Z' }, '/time'),
  wrong('too_late', { time: ago(101 * DAY_MS) }, '/time'),
  wrong('too_early', { time: ago(-DAY_MS) }, '/time'),
  wrong('unknown_type', { type: 'never.heard' }, '/type'),
  clip('number_not_exact', '9007199254740993'),
  clip('number_not_exact', '0.1'),
  {
    ...clip('value_missing', '0'),
    line: JSON.stringify(usageEvent({ id: 'v', type: 'clip.watched' })),
  },
  clip('not_a_number', '"NaN"'),
  clip('not_a_number', 'true'),
  clip('negative_quantity', '-1'),
  clip('negative_quantity', '"-0.5"'),
  clip('too_many_decimals', '"1.00000000000000000001"'),
  clip('quantity_out_of_range', '1e309'),
  clip('quantity_out_of_range', '"9999999999999999999"'),
  raw('property_not_text', '{"creator":{}}', '/data/creator'),
  raw('property_not_text', `{"creator":"${'x'.repeat(256)}"}`, '/data/creator'),
];
