import { EVENT_BYTES_MAX } from '@farthing/contracts/topics/log-generation';
import { readAttributes } from './event-attributes.js';
import type { EventCandidate } from './event-candidate.js';
import { readEventTime, type TimeBounds } from './event-time.js';
import type { EventLabel, Rejection, UsageEvent } from './usage-event.js';

export type ReadUsageEventOutcome =
  | { readonly outcome: 'read'; readonly event: UsageEvent }
  | { readonly outcome: 'rejected'; readonly rejection: Rejection; readonly label: EventLabel };

const NO_DATA = Buffer.alloc(0);
const VISIBLE_ASCII = /^[\x21-\x7e]{1,255}$/;

/** Checks shape, attributes and time of one event (CloudEvents 1.0.2, with a required subject). */
export function readUsageEvent(
  candidate: EventCandidate,
  bounds: TimeBounds,
): ReadUsageEventOutcome {
  const { attributes, fault } = candidate;
  if (candidate.bytes > EVENT_BYTES_MAX) return rejected(candidate, 'event_too_large', '');
  if (fault) return rejected(candidate, fault.code, fault.pointer);
  if (!attributes) return rejected(candidate, 'not_an_object', '');
  const read = readAttributes(attributes);
  if (read.outcome === 'rejected') return rejected(candidate, read.code, read.pointer);
  if ('data_base64' in attributes) {
    return rejected(candidate, 'data_base64_unsupported', '/data_base64');
  }
  const { properties, data } = candidate;
  if (data && !isObject(properties)) return rejected(candidate, 'data_not_an_object', '/data');
  const time = readEventTime(attributes.time, bounds);
  if (time.outcome === 'rejected') return rejected(candidate, time.code, '/time');
  return {
    outcome: 'read',
    event: {
      id: read.id,
      source: read.source,
      type: read.type,
      subject: read.subject,
      time: time.text,
      occurredAt: time.occurredAt,
      holdId: read.holdId,
      quoteToken: read.quoteToken,
      original: read.original,
      data: data ?? NO_DATA,
      properties,
      inexactNumbers: candidate.inexactNumbers,
    },
  };
}

/** What can still be read of a candidate's identity. */
export function labelOf({ attributes }: EventCandidate): EventLabel {
  const text = (name: string): string => {
    const value = attributes?.[name];
    return typeof value === 'string' && VISIBLE_ASCII.test(value) ? value : '';
  };
  return { id: text('id'), source: text('source'), subject: text('subject') };
}

function isObject(value: unknown): boolean {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function rejected(
  candidate: EventCandidate,
  code: Rejection['code'],
  pointer: string,
): ReadUsageEventOutcome {
  return { outcome: 'rejected', rejection: { code, pointer }, label: labelOf(candidate) };
}
