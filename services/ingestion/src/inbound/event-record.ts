import { isUtf8 } from 'node:buffer';
import type { ConsumedRecord } from '@farthing/adapters/kafka/batch-handler';
import { scanStructured } from '../json/scan-request.js';
import {
  brokenCandidate,
  candidatesFromJson,
  type EventCandidate,
} from '../usage-events/event-candidate.js';
import { readEventData } from '../usage-events/event-data.js';
import type { Rejection } from '../usage-events/usage-event.js';

type HeaderValue = ConsumedRecord['headers'][string];

const ATTRIBUTE_PREFIX = 'ce_';
const STRUCTURED = /^application\/cloudevents\+json\s*(?:;|$)/i;
const OTHER_STRUCTURED = /^application\/cloudevents/i;

/**
 * The event of a record (CloudEvents Kafka protocol binding 1.0.2, 3): in structured mode its value is the event;
 * in binary mode its value is data and its headers are the attributes. A record without either sign is read as
 * structured.
 */
export function candidateFromRecord(record: ConsumedRecord): EventCandidate {
  const contentType = textOf(record.headers['content-type']) ?? '';
  if (STRUCTURED.test(contentType)) return structuredCandidate(record);
  if (OTHER_STRUCTURED.test(contentType)) {
    return brokenCandidate('content_type_unsupported', record.value?.length ?? 0);
  }
  const names = Object.keys(record.headers).filter((name) => name.startsWith(ATTRIBUTE_PREFIX));
  return names.length === 0 ? structuredCandidate(record) : binaryCandidate(record, names);
}

function structuredCandidate({ value }: ConsumedRecord): EventCandidate {
  if (value === null) return brokenCandidate('not_json', 0);
  const scan = scanStructured(value);
  if (scan.outcome === 'scanned') return candidatesFromJson(value, scan.events)[0]!;
  return brokenCandidate(scan.reason === 'not_utf8' ? 'not_utf8' : 'not_json', value.length);
}

function binaryCandidate(
  { headers, value }: ConsumedRecord,
  names: readonly string[],
): EventCandidate {
  // A header may be called ce___proto__: the object has no prototype to replace.
  const attributes = Object.create(null) as Record<string, unknown>;
  let fault: Rejection | undefined;
  let bytes = value?.length ?? 0;
  const take = (name: string, header: HeaderValue) => {
    const text = textOf(header);
    if (Array.isArray(header)) fault ??= { code: 'duplicate_key', pointer: `/${name}` };
    else if (text === undefined) fault ??= { code: 'not_utf8', pointer: `/${name}` };
    attributes[name] = text;
    bytes += name.length + (text?.length ?? 0);
  };
  for (const name of names) take(name.slice(ATTRIBUTE_PREFIX.length), headers[name]);
  if (headers['content-type'] !== undefined) take('datacontenttype', headers['content-type']);
  const data = readEventData(value);
  return { bytes, attributes, ...data, fault: fault ?? data.fault };
}

/** Undefined for none, for several, and for bytes that are no text. */
function textOf(header: HeaderValue): string | undefined {
  if (typeof header === 'string') return header;
  return Buffer.isBuffer(header) && isUtf8(header) ? header.toString('utf8') : undefined;
}
