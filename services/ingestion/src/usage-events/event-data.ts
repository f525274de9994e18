import { isUtf8 } from 'node:buffer';
import { JsonScanner } from '../json/json-scanner.js';
import type { Rejection } from './usage-event.js';

/** Data that came by itself, beside the attributes, as far as it can be read. */
export interface EventData {
  /** Its exact bytes. */
  readonly bytes: Buffer;
  readonly properties: unknown;
  readonly inexactNumbers: readonly string[];
  readonly fault: Rejection | undefined;
}

export function readEventData(value: Buffer): EventData {
  if (!isUtf8(value)) return broken(value, 'not_utf8');
  const scanner = new JsonScanner(value);
  const scanned = scanner.next();
  if (!scanned || !scanner.atEnd()) return broken(value, 'not_json');
  const { start, end, fault, inexactNumbers } = scanned;
  return {
    // White space around it is not data, as in the other modes: the same event has the same hash by every door.
    bytes: value.subarray(start, end),
    properties: JSON.parse(value.toString('utf8')) as unknown,
    inexactNumbers: inexactNumbers.map((pointer) => `/data${pointer}`),
    fault: fault && { code: fault.code, pointer: `/data${fault.pointer}` },
  };
}

function broken(bytes: Buffer, code: Rejection['code']): EventData {
  return { bytes, properties: undefined, inexactNumbers: [], fault: { code, pointer: '/data' } };
}
