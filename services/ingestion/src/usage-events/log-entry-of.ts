import { eventKey } from '@farthing/contracts/wire/event-identity';
import { envelopeOfOne } from '@farthing/contracts/wire/single-event';
import { encodeControlRecord } from '@farthing/contracts/wire/usage-record';
import type { LogEntry } from '../envelopes/usage-log.js';
import type { AdmittedEvent } from './admit-usage-events.js';

/**
 * How the log takes an accepted event: use goes into an envelope; what voids or corrects another event is a control
 * record of the customer's partition, which carries the event that asks for it.
 */
export function logEntryOf(
  { event, original }: Extract<AdmittedEvent, { outcome: 'accepted' }>,
  catalogVersion: number,
): LogEntry {
  if (!original) return { kind: 'event', event };
  const { tenant, customer, source, key } = event;
  const originalKey = eventKey(tenant, source, original.id).toString('hex');
  const ownKey = Buffer.from(key).toString('hex');
  const named = { tenant, customer, source, eventId: original.id, reason: '' };
  const own = envelopeOfOne(event, catalogVersion);
  const value =
    original.kind === 'voids'
      ? encodeControlRecord({
          case: 'void',
          value: { ...named, commandId: `void:${originalKey}:${ownKey}`, by: own },
        })
      : encodeControlRecord({
          case: 'correct',
          value: { ...named, commandId: `correct:${originalKey}:${ownKey}`, replacement: own },
        });
  return { kind: 'control', tenant, customer, value };
}
