import { isAscii } from 'node:buffer';
import type { ScannedEvent } from '../json/scan-request.js';
import type { Rejection } from './usage-event.js';

/** What arrived in the place of an event, parsed, with nothing checked that the parser does not. */
export interface EventCandidate {
  /** Of its JSON, or of what a record carries. */
  readonly bytes: number;
  /** Attributes by name; undefined when there is no object. */
  readonly attributes: Readonly<Record<string, unknown>> | undefined;
  /** The exact bytes of data, and what they say; undefined when the event has none. */
  readonly data: Buffer | undefined;
  readonly properties: unknown;
  readonly inexactNumbers: readonly string[];
  /** What the scanner found. */
  readonly fault: Rejection | undefined;
}

const OPEN_BRACE = 0x7b;
const NONE: readonly string[] = [];

/** The events of a request's bytes, in order. */
export function candidatesFromJson(
  bytes: Buffer,
  events: readonly ScannedEvent[],
): EventCandidate[] {
  // Of ASCII text, positions of bytes are positions of characters, and a slice costs next to nothing.
  const text = isAscii(bytes) ? bytes.toString('latin1') : undefined;
  return events.map((event) => {
    if (event.outcome === 'broken') return brokenCandidate(event.reason, event.end - event.start);
    const { start, end, dataStart, dataEnd, fault, inexactNumbers } = event.value;
    const isObject = bytes[start] === OPEN_BRACE;
    const json = text === undefined ? bytes.toString('utf8', start, end) : text.slice(start, end);
    const attributes = isObject ? (JSON.parse(json) as Record<string, unknown>) : undefined;
    return {
      bytes: end - start,
      attributes,
      data: dataStart < 0 ? undefined : bytes.subarray(dataStart, dataEnd),
      properties: attributes?.data,
      inexactNumbers,
      fault,
    };
  });
}

/** Bytes of which nothing can be read. */
export function brokenCandidate(code: Rejection['code'], bytes: number): EventCandidate {
  return {
    bytes,
    attributes: undefined,
    data: undefined,
    properties: undefined,
    inexactNumbers: NONE,
    fault: { code, pointer: '' },
  };
}
