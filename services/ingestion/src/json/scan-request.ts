import { isUtf8 } from 'node:buffer';
import type { ScannedValue } from '@farthing/contracts/json/json-fault';
import { JsonScanner } from '@farthing/contracts/json/json-scanner';

/** One event of a request: where it lies, or why not even its end could be relied on. */
export type ScannedEvent =
  | { readonly outcome: 'scanned'; readonly value: ScannedValue }
  | {
      readonly outcome: 'broken';
      readonly reason: 'not_json' | 'not_utf8';
      readonly start: number;
      readonly end: number;
    };

export type ScanOutcome =
  | { readonly outcome: 'scanned'; readonly events: readonly ScannedEvent[] }
  | { readonly outcome: 'refused'; readonly reason: 'not_json' | 'not_utf8' | 'too_many_events' };

const OPEN_BRACKET = 0x5b;
const CLOSE_BRACKET = 0x5d;
const COMMA = 0x2c;
const LINE_FEED = 0x0a;

/** A JSON array of events. Broken anywhere it is refused whole: what follows the break is not known. */
export function scanBatch(bytes: Buffer, eventsMax: number): ScanOutcome {
  if (!isUtf8(bytes)) return refused('not_utf8');
  const scanner = new JsonScanner(bytes);
  if (!scanner.take(OPEN_BRACKET)) return refused('not_json');
  const events: ScannedEvent[] = [];
  if (!scanner.take(CLOSE_BRACKET)) {
    do {
      if (events.length === eventsMax) return refused('too_many_events');
      const value = scanner.next();
      if (!value) return refused('not_json');
      events.push({ outcome: 'scanned', value });
    } while (scanner.take(COMMA));
    if (!scanner.take(CLOSE_BRACKET)) return refused('not_json');
  }
  return scanner.atEnd() ? { outcome: 'scanned', events } : refused('not_json');
}

/** One event and nothing else. */
export function scanStructured(bytes: Buffer): ScanOutcome {
  if (!isUtf8(bytes)) return refused('not_utf8');
  const scanner = new JsonScanner(bytes);
  const value = scanner.next();
  if (!value || !scanner.atEnd()) return refused('not_json');
  return { outcome: 'scanned', events: [{ outcome: 'scanned', value }] };
}

/** An event a line; empty lines count for nothing. A broken line is broken alone, as the next begins anew. */
export function scanLines(bytes: Buffer, eventsMax: number): ScanOutcome {
  const events: ScannedEvent[] = [];
  const allUtf8 = isUtf8(bytes);
  for (let start = 0; start < bytes.length;) {
    const feed = bytes.indexOf(LINE_FEED, start);
    const end = feed < 0 ? bytes.length : feed;
    const scanner = new JsonScanner(bytes, start, end);
    if (!scanner.atEnd()) {
      if (events.length === eventsMax) return refused('too_many_events');
      events.push(scanLine(scanner, { bytes, start, end, allUtf8 }));
    }
    start = end + 1;
  }
  return { outcome: 'scanned', events };
}

function scanLine(
  scanner: JsonScanner,
  line: { bytes: Buffer; start: number; end: number; allUtf8: boolean },
): ScannedEvent {
  const { bytes, start, end } = line;
  if (!line.allUtf8 && !isUtf8(bytes.subarray(start, end))) {
    return { outcome: 'broken', reason: 'not_utf8', start, end };
  }
  const value = scanner.next();
  return value && scanner.atEnd()
    ? { outcome: 'scanned', value }
    : { outcome: 'broken', reason: 'not_json', start, end };
}

function refused(reason: Extract<ScanOutcome, { outcome: 'refused' }>['reason']): ScanOutcome {
  return { outcome: 'refused', reason };
}
