import type { CatalogThing } from '@farthing/contracts/catalog/catalog-things';
import { PropertyKind } from '@farthing/contracts/generated/farthing/usage/v1/envelope_pb';
import { bodyHash, eventKey } from '@farthing/contracts/wire/event-identity';
import { describe, expect, it, vi } from 'vitest';
import type { KnownCustomers } from '../customers/known-customers.js';
import { EVENT_REJECTIONS, type EventRejectionCode } from '../errors.js';
import { candidateFromRecord } from '../inbound/event-record.js';
import { scanBatch, scanLines } from '../json/scan-request.js';
import { acmeView, meter } from './acme-catalog.spec.js';
import { Admission, type AdmittedEvent } from './admit-usage-events.js';
import { candidatesFromJson, type EventCandidate } from './event-candidate.js';

const NOW = Date.parse('2026-03-01T12:00:00Z') * 1_000;
const BOUNDS = { now: NOW, dedupeHorizon: 100 * 86_400_000_000 };

function admission(
  options: { view?: ReturnType<typeof acmeView>; asOfNow?: () => Promise<void> } = {},
) {
  const view = options.view ?? acmeView();
  const asOfNow = vi.fn<() => Promise<void>>(options.asOfNow ?? (() => Promise.resolve()));
  const strangersAmong = vi.fn<KnownCustomers['strangersAmong']>((_tenant, customers) =>
    Promise.resolve(new Set([...customers].filter((customer) => customer !== 'alice'))),
  );
  return {
    asOfNow,
    strangersAmong,
    admission: new Admission(view, { asOfNow }, { strangersAmong }),
  };
}

async function admit(candidates: readonly EventCandidate[], tenant = 'acme') {
  const request = { tenant, candidates, bounds: BOUNDS, deadlineMs: 1_000 };
  return (await admission().admission.admit(request)).events;
}

/** The candidate of an event's JSON, as it is in a batch. */
function fromJson(json: string): EventCandidate {
  const bytes = Buffer.from(`[${json}]`);
  const scan = scanBatch(bytes, 1);
  if (scan.outcome === 'refused') throw new Error(scan.reason);
  return candidatesFromJson(bytes, scan.events)[0]!;
}

function fromLine(bytes: Buffer): EventCandidate {
  const scan = scanLines(bytes, 1);
  if (scan.outcome === 'refused') throw new Error(scan.reason);
  return candidatesFromJson(bytes, scan.events)[0]!;
}

const EVENT = {
  specversion: '1.0',
  id: 'e-1',
  source: 'web',
  type: 'clip.watched',
  subject: 'alice',
  time: '2026-03-01T11:00:00Z',
  data: { bytes: 5 },
};

function event(changes: Readonly<Record<string, unknown>>): string {
  return JSON.stringify({ ...EVENT, ...changes });
}

/** With a value of `/data/bytes` as JSON writes it. */
function bytesOf(json: string): string {
  return event({ data: { bytes: 0 } }).replace('"bytes":0', `"bytes":${json}`);
}

type Row = readonly [EventRejectionCode, EventCandidate, string, tenant?: string];

const REJECTIONS: readonly Row[] = [
  ['event_too_large', fromJson(event({ data: { pad: 'x'.repeat(70_000) } })), ''],
  ['not_utf8', fromLine(Buffer.from([0xff])), ''],
  ['not_json', fromLine(Buffer.from('{')), ''],
  ['too_deep', fromJson(`{"data":${'['.repeat(40)}${']'.repeat(40)}}`), `/data${'/0'.repeat(31)}`],
  ['duplicate_key', fromJson('{"data":{"a":1,"a":1}}'), '/data/a'],
  ['forbidden_key', fromJson('{"data":{"__proto__":1}}'), '/data/__proto__'],
  ['lone_surrogate', fromJson('{"data":{"a":"\\ud800"}}'), '/data/a'],
  ['nul_in_text', fromJson('{"data":{"a":"\\u0000"}}'), '/data/a'],
  ['not_an_object', fromJson('[]'), ''],
  [
    'content_type_unsupported',
    candidateFromRecord({
      offset: 0n,
      key: null,
      value: Buffer.from(event({})),
      headers: { 'content-type': 'application/cloudevents+avro' },
      appendedAtMs: 0,
    }),
    '',
  ],
  ['specversion_unsupported', fromJson(event({ specversion: '0.3' })), '/specversion'],
  ['id_missing', fromJson(event({ id: undefined })), '/id'],
  ['id_invalid', fromJson(event({ id: '' })), '/id'],
  ['source_missing', fromJson(event({ source: null })), '/source'],
  ['source_invalid', fromJson(event({ source: 'a b' })), '/source'],
  ['type_missing', fromJson(event({ type: undefined })), '/type'],
  ['type_invalid', fromJson(event({ type: 1 })), '/type'],
  ['subject_missing', fromJson(event({ subject: undefined })), '/subject'],
  ['subject_invalid', fromJson(event({ subject: 'é' })), '/subject'],
  ['holdid_invalid', fromJson(event({ holdid: 'x'.repeat(256) })), '/holdid'],
  ['quotetoken_invalid', fromJson(event({ quotetoken: 'x'.repeat(4_097) })), '/quotetoken'],
  [
    'datacontenttype_unsupported',
    fromJson(event({ datacontenttype: 'text/xml' })),
    '/datacontenttype',
  ],
  ['correction_invalid', fromJson(event({ farthingvoids: 'two words' })), '/farthingvoids'],
  ['correction_invalid', fromJson(event({ farthingcorrects: EVENT.id })), '/farthingcorrects'],
  [
    'correction_invalid',
    fromJson(event({ farthingvoids: 'a', farthingcorrects: 'b' })),
    '/farthingvoids',
  ],
  [
    'correction_invalid',
    fromJson(event({ farthingcorrects: 'a', holdid: 'h' })),
    '/farthingcorrects',
  ],
  ['attribute_name_invalid', fromJson(event({ 'a/b': '' })), '/a~1b'],
  ['attribute_value_invalid', fromJson(event({ trace: {} })), '/trace'],
  [
    'data_base64_unsupported',
    fromJson(event({ data: undefined, data_base64: 'e30=' })),
    '/data_base64',
  ],
  ['data_not_an_object', fromJson(event({ data: [1] })), '/data'],
  ['not_a_timestamp', fromJson(event({ time: '2026-03-01 11:00:00Z' })), '/time'],
  ['no_such_date', fromJson(event({ time: '2026-02-30T00:00:00Z' })), '/time'],
  ['no_such_time', fromJson(event({ time: '2026-02-28T24:00:00Z' })), '/time'],
  ['no_such_offset', fromJson(event({ time: '2026-02-28T00:00:00+24:00' })), '/time'],
  ['timestamp_out_of_range', fromJson(event({ time: '1969-12-31T23:59:59Z' })), '/time'],
  ['too_late', fromJson(event({ time: '2025-11-21T11:59:59.999999Z' })), '/time'],
  ['too_early', fromJson(event({ time: '2026-03-01T12:05:00.000001Z' })), '/time'],
  ['unknown_type', fromJson(event({ type: 'never.heard' })), '/type'],
  ['number_not_exact', fromJson(bytesOf('1.00000000000000000001')), '/data/bytes'],
  ['number_not_exact', fromJson(bytesOf('9007199254740993')), '/data/bytes'],
  ['number_not_exact', fromJson(bytesOf('0.1')), '/data/bytes'],
  ['value_missing', fromJson(event({ data: undefined })), '/data/bytes'],
  ['value_missing', fromJson(event({ type: 'page.viewed' })), '/data/visitor'],
  [
    'property_not_text',
    fromJson(event({ type: 'page.viewed', data: { visitor: 0.5 } })),
    '/data/visitor',
  ],
  ['not_a_number', fromJson(bytesOf('"NaN"')), '/data/bytes'],
  ['negative_quantity', fromJson(bytesOf('-1')), '/data/bytes'],
  ['too_many_decimals', fromJson(bytesOf('"1.00000000000000000001"')), '/data/bytes'],
  ['quantity_out_of_range', fromJson(bytesOf('1e309')), '/data/bytes'],
  ['property_not_text', fromJson(event({ data: { bytes: 1, format: {} } })), '/data/format'],
  ['property_not_text', fromJson(event({ data: { bytes: 1, creator: [1] } })), '/data/creator'],
  [
    'unknown_customer',
    fromJson(event({ type: 'article.read', subject: 'bob' })),
    '/subject',
    'strict',
  ],
];

const ACCEPTED: ReadonlyArray<[string, string]> = [
  ['a null time, which means none', event({ time: null })],
  ['the earliest time', event({ time: '2025-11-21T12:00:00Z' })],
  ['the latest time', event({ time: '2026-03-01T12:05:00Z' })],
  ['an offset', event({ time: '2026-03-01T13:00:00+02:00' })],
  ['an extension', event({ traceparent: '00-ab', sampled: true, shard: -7, nothing: null })],
  ['a dataschema', event({ dataschema: 'https://example.com/schema' })],
  ['another JSON type', event({ datacontenttype: 'application/vnd.x+json; charset=utf-8' })],
  ['a number that says its integer', bytesOf('1e2')],
  ['a decimal string', bytesOf('"12.000000001"')],
  [
    'an inexact number that nothing looks at',
    event({}).replace('"bytes":5', '"bytes":5,"x":1e-400'),
  ],
  ['a dimension that is missing', event({ data: { bytes: 1, format: null } })],
  ['an id with a quote', event({ id: '"\\' })],
];

function codeOf(one: AdmittedEvent): unknown {
  return one.outcome === 'rejected' ? one.rejection : one.outcome;
}

describe('what is rejected', () => {
  it.each(REJECTIONS)('%s', async (code, candidate, pointer, tenant) => {
    const [one] = await admit([candidate], tenant);
    expect(codeOf(one!)).toEqual({ code, pointer });
  });

  it('has a row above for every code', () => {
    const rows = new Set(REJECTIONS.map(([code]) => code));
    expect([...rows].toSorted()).toEqual(Object.keys(EVENT_REJECTIONS).toSorted());
  });

  it('keeps the identity that can be read', async () => {
    const [one] = await admit([fromJson(event({ time: 'x' })), fromJson('7')]);
    expect(one).toMatchObject({ label: { id: 'e-1', source: 'web', subject: 'alice' } });
  });

  it('does not mind its neighbours', async () => {
    const outcomes = await admit([fromJson(event({})), fromJson('{}'), fromJson(event({}))]);
    expect(outcomes.map(({ outcome }) => outcome)).toEqual(['accepted', 'rejected', 'accepted']);
  });
});

describe('what is accepted', () => {
  it.each(ACCEPTED)('%s', async (_, json) => {
    expect(codeOf((await admit([fromJson(json)]))[0]!)).toBe('accepted');
  });

  it('carries what rating needs', async () => {
    const json = event({ type: 'article.read', holdid: 'h-1', quotetoken: 'q.1' });
    const data = '{ "bytes" : "1.50", "format":"é", "creator":7, "other":true }';
    const [one] = await admit([fromJson(json.replace('{"bytes":5}', data))]);
    const { id, source, type, subject, time } = EVENT;
    const facts = { type: 'article.read', subject, time };
    expect(type).not.toBe(facts.type);
    expect(one).toEqual({
      outcome: 'accepted',
      readings: expect.any(Array),
      event: {
        tenant: 'acme',
        customer: 'alice',
        type: 'article.read',
        source,
        id,
        holdId: 'h-1',
        quoteToken: 'q.1',
        key: eventKey('acme', source, id),
        bodyHash: bodyHash(facts, Buffer.from(data)),
        occurredAt: Date.parse(time) * 1_000,
        data: Buffer.from(data),
        readings: [
          { meter: 'articles', quantity: 1_000_000_000n },
          { meter: 'traffic', quantity: 1_500_000_000n },
        ],
        properties: [
          { pointer: '/format', value: 'é', kind: PropertyKind.STRING },
          { pointer: '/creator', value: '7', kind: PropertyKind.NUMBER },
        ],
      },
    });
  });

  it('may void another of its source, of any type, and has another body than without', async () => {
    const json = event({ type: 'never.heard', farthingvoids: 'e-0' });
    const [one, use, other] = await admit([
      fromJson(json),
      fromJson(event({})),
      fromJson(event({ farthingcorrects: 'e-0' })),
    ]);
    expect(one).toMatchObject({
      original: { kind: 'voids', id: 'e-0' },
      event: { id: EVENT.id, readings: [], properties: [] },
    });
    expect(other).toMatchObject({ original: { kind: 'corrects', id: 'e-0' } });
    if (use?.outcome !== 'accepted' || other?.outcome !== 'accepted') throw new Error('rejected');
    expect(other.event).toEqual({ ...use.event, bodyHash: other.event.bodyHash });
    expect(other.event.bodyHash).not.toEqual(use.event.bodyHash);
  });

  it('has no readings when no filter passes', async () => {
    const [one] = await admit([fromJson(event({ data: { skip: 1 } }))]);
    expect(one).toMatchObject({ event: { readings: [], properties: [] } });
  });
});

describe('the catalog', () => {
  it('is read to its end before a type is unknown, and one version covers the request', async () => {
    const view = acmeView();
    const door = admission({
      view,
      asOfNow: async () => {
        const made = meter({
          tenant: 'acme',
          key: 'new',
          eventTypes: ['never.heard'],
          aggregation: 'count',
        });
        view.apply({ catalogVersion: view.version + 1, thing: made });
      },
    });
    const candidates = [fromJson(event({})), fromJson(event({ type: 'never.heard' }))];
    const admitted = await door.admission.admit({
      tenant: 'acme',
      candidates,
      bounds: BOUNDS,
      deadlineMs: 1_000,
    });
    expect(admitted.events.map(({ outcome }) => outcome)).toEqual(['accepted', 'accepted']);
    expect(admitted.catalogVersion).toBe(view.version);
    expect(door.asOfNow).toHaveBeenCalledTimes(1);
  });

  // Events that were sent right after their tenant's first plan was made were metered by the version before it, and
  // rating rejected every one of them as `unknown_plan`.
  it('is read to its end before the plan of new customers is unknown, and not again', async () => {
    const view = acmeView();
    const add = (thing: CatalogThing) => view.apply({ catalogVersion: view.version + 1, thing });
    const acme = view.tenantAt('acme', view.version)!;
    const defaults = { ...acme.defaults, plan: 'reader' };
    add({ kind: 'tenant', tenant: { ...acme, version: 2, defaults } });
    const plan = { tenant: 'acme', key: 'reader', version: 1, prices: [] };
    const door = admission({ view, asOfNow: async () => add({ kind: 'plan', plan }) });
    const request = { tenant: 'acme', candidates: [fromJson(event({}))], bounds: BOUNDS };
    const admitted = await door.admission.admit({ ...request, deadlineMs: 1_000 });
    expect(admitted.catalogVersion).toBe(view.version);
    expect(view.planAt('acme', 'reader', view.version)).toBeDefined();
    await door.admission.admit({ ...request, deadlineMs: 1_000 });
    expect(door.asOfNow).toHaveBeenCalledTimes(1);
  });

  it('is not read when every type is known, nor is the directory asked under `create`', async () => {
    const door = admission();
    const request = { tenant: 'acme', candidates: [fromJson(event({}))], bounds: BOUNDS };
    await door.admission.admit({ ...request, deadlineMs: 1_000 });
    expect(door.asOfNow).not.toHaveBeenCalled();
    expect(door.strangersAmong).not.toHaveBeenCalled();
  });
});
