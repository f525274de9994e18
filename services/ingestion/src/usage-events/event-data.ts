import { isUtf8 } from 'node:buffer';
import { JsonScanner } from '@farthing/contracts/json/json-scanner';
import type { EventCandidate } from './event-candidate.js';
import type { Rejection } from './usage-event.js';

/** What of a candidate its data says. */
export type EventData = Pick<EventCandidate, 'data' | 'properties' | 'inexactNumbers' | 'fault'>;

/** Data that came by itself, beside the attributes, as far as it can be read; no bytes are no data. */
export function readEventData(value: Buffer | null): EventData {
  if (value === null || value.length === 0) {
    return { data: undefined, properties: undefined, inexactNumbers: [], fault: undefined };
  }
  if (!isUtf8(value)) return broken(value, 'not_utf8');
  const scanner = new JsonScanner(value);
  const scanned = scanner.next();
  if (!scanned || !scanner.atEnd()) return broken(value, 'not_json');
  const { start, end, fault, inexactNumbers } = scanned;
  return {
    // White space around it is not data, as in the other modes: the same event has the same hash by every door.
    data: value.subarray(start, end),
    properties: JSON.parse(value.toString('utf8')) as unknown,
    inexactNumbers: inexactNumbers.map((pointer) => `/data${pointer}`),
    fault: fault && { code: fault.code, pointer: `/data${fault.pointer}` },
  };
}

function broken(data: Buffer, code: Rejection['code']): EventData {
  return { data, properties: undefined, inexactNumbers: [], fault: { code, pointer: '/data' } };
}
