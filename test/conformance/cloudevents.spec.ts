import { CloudEvent, HTTP, Kafka as KafkaBinding } from 'cloudevents';
import { beforeAll, describe, expect, it } from 'vitest';
import type { DemoStack } from '@farthing/local/demo/demo-stack';
import { BATCH_TYPE, STRUCTURED_TYPE, type EventResult } from '../stack/door.js';
import { sendInbound } from '../stack/inbound-topic.js';
import { newTenant, type Tenant } from '../stack/tenant.js';
import { sharedStack } from '../stack/test-stack.js';
import { countsOf, untilEnded, usageEvent } from '../stack/usage-event.js';
import { judgedAlone } from './judged-texts.js';

let place: DemoStack;
let tenant: Tenant;

beforeAll(async () => {
  ({ place } = await sharedStack());
  tenant = await newTenant(place);
});

/** A sound event with attributes set, or left out where undefined. */
function eventWith(attributes: Record<string, unknown>): string {
  return JSON.stringify({ ...usageEvent({ id: 'ce' }), ...attributes });
}

/** Section of the specification, what is sent, what becomes of it. */
const TABLE: ReadonlyArray<readonly [string, Record<string, unknown>, string]> = [
  ['3.1 id: required', { id: undefined }, 'id_missing'],
  ['3.1 id: a non-empty string', { id: '' }, 'id_invalid'],
  ['3.1 id: a string', { id: 1 }, 'id_invalid'],
  ['3.1 source: required', { source: undefined }, 'source_missing'],
  ['3.1 source: non-empty', { source: '' }, 'source_invalid'],
  ['3.1 source: an absolute URI', { source: 'https://github.com/cloudevents' }, 'accepted'],
  ['3.1 source: a relative reference', { source: '/cloudevents/spec/pull/123' }, 'accepted'],
  ['3.1 source: a URN', { source: 'urn:event:from:myapi/resource/123' }, 'accepted'],
  ['3.1 specversion: required', { specversion: undefined }, 'specversion_unsupported'],
  ['3.1 specversion: "1.0"', { specversion: '1.1' }, 'specversion_unsupported'],
  ['3.1 specversion: a string', { specversion: 1 }, 'specversion_unsupported'],
  ['3.1 type: required', { type: undefined }, 'type_missing'],
  ['3.1 type: non-empty', { type: '' }, 'type_invalid'],
  ['3.2 datacontenttype: JSON', { datacontenttype: 'application/json' }, 'accepted'],
  ['3.2 datacontenttype: +json', { datacontenttype: 'application/vnd.acme+json' }, 'accepted'],
  ['3.2 datacontenttype: other', { datacontenttype: 'text/xml' }, 'datacontenttype_unsupported'],
  ['3.2 dataschema: a URI', { dataschema: 'https://example.com/schema' }, 'accepted'],
  ['3.2 subject: the customer here', { subject: undefined }, 'subject_missing'],
  ['3.2 time: optional', { time: undefined }, 'accepted'],
  ['3.2 time: RFC 3339', { time: new Date().toISOString() }, 'accepted'],
  ['3.2 time: with an offset', { time: offsetTime() }, 'accepted'],
  ['3.2 time: lower case', { time: new Date().toISOString().toLowerCase() }, 'accepted'],
  ['3.2 time: no RFC 3339', { time: '2026-06-01 10:00' }, 'not_a_timestamp'],
  ['2.2 names: lower-case letters and digits', { comacme1: 'x' }, 'accepted'],
  ['2.2 names: no capitals', { comAcme: 'x' }, 'attribute_name_invalid'],
  ['2.2 names: no underscore', { com_acme: 'x' }, 'attribute_name_invalid'],
  ['2.2 names: no dash', { 'com-acme': 'x' }, 'attribute_name_invalid'],
  ['2.2 values: boolean', { acme: true }, 'accepted'],
  ['2.2 values: 32-bit integer', { acme: 2 ** 31 - 1 }, 'accepted'],
  ['2.2 values: no larger integer', { acme: 2 ** 31 }, 'attribute_value_invalid'],
  ['2.2 values: no fraction', { acme: 0.5 }, 'attribute_value_invalid'],
  ['2.2 values: no object', { acme: {} }, 'attribute_value_invalid'],
  ['2.2 values: no array', { acme: [] }, 'attribute_value_invalid'],
  ['JSON format 2.2: null is absent', { acme: null, dataschema: null }, 'accepted'],
  [
    'JSON format 3.1: binary data',
    { data_base64: 'e30=', data: undefined },
    'data_base64_unsupported',
  ],
];

function offsetTime(): string {
  return new Date(Date.now() + 2 * 3_600_000).toISOString().replace('Z', '+02:00');
}

describe('CloudEvents 1.0.2', () => {
  it.each(TABLE)('%s %j: %s', async (name, attributes, verdict) => {
    const verdicts = await judgedAlone(tenant.door, [{ name, text: eventWith(attributes) }]);
    expect(verdicts.get(name)).toBe(verdict);
  });
});

function event(id: string, source: string): CloudEvent<unknown> {
  return new CloudEvent({
    id,
    source,
    type: 'article.read',
    subject: 'reader',
    time: new Date().toISOString(),
    data: { creator: 'ada' },
  });
}

describe('what the CloudEvents SDK for JavaScript sends', () => {
  it('in structured mode over HTTP', async () => {
    const { headers, body } = HTTP.structured(event('s', 'sdk'));
    const sent = headers as Record<string, string>;
    expect(sent['content-type']).toContain(STRUCTURED_TYPE);
    const answer = await tenant.door.request('POST', '/v1/events', {
      headers: sent,
      body: body as string,
    });
    expect(answer).toMatchObject({
      status: 202,
      body: { results: [{ id: 's', outcome: 'accepted' }] },
    });
  });

  it('in batches over HTTP', async () => {
    const batch = JSON.stringify([event('b1', 'sdk'), event('b2', 'sdk')]);
    const results: EventResult[] = await tenant.door.sendEvents(batch, BATCH_TYPE);
    expect(results.map(({ outcome }) => outcome)).toEqual(['accepted', 'accepted']);
  });

  it('in both modes over Kafka, and the same event in both is a duplicate', async () => {
    const first = event('k', 'kafka-sdk');
    const messages = [
      KafkaBinding.binary(first),
      KafkaBinding.structured(event('k2', 'kafka-sdk')),
      KafkaBinding.structured(first),
    ].map(({ headers, value }) => ({
      key: 'reader',
      headers: presentOf(headers),
      value: typeof value === 'string' ? value : JSON.stringify(value),
    }));
    await sendInbound(place, tenant.id, messages);
    await untilEnded(tenant.door, 'kafka-sdk', 3);
    expect(await countsOf(tenant.door, 'kafka-sdk')).toMatchObject([
      { outcome: 'applied', count: 2 },
      { outcome: 'duplicate', count: 1 },
    ]);
  });
});

/** The SDK also names the attributes that an event does not have. */
function presentOf(headers: Record<string, unknown>): Record<string, string> {
  const present = Object.entries(headers).filter(([, value]) => typeof value === 'string');
  return Object.fromEntries(present) as Record<string, string>;
}
