import type { Packed } from '@farthing/adapters/kafka/adaptive-linger';
import {
  ENVELOPE_EVENTS_MAX,
  EVENT_BYTES_MAX,
  MESSAGE_BYTES_MAX,
} from '@farthing/contracts/topics/log-generation';
import { EnvelopeBuilder, type EnvelopeEvent } from '@farthing/contracts/wire/envelope-builder';

/** What waits to be written to one partition of the log. */
export type LogItem =
  | {
      readonly kind: 'events';
      /** By which they were metered. */
      readonly catalogVersion: number;
      readonly events: readonly EnvelopeEvent[];
      /** Whether nobody waits for it any more; its sender was told to send it again. */
      readonly isAbandoned: () => boolean;
    }
  | {
      readonly kind: 'control';
      /** Of a `UsageRecord`. */
      readonly value: Buffer;
      readonly isAbandoned: () => boolean;
    };

/** An event's strings may take three bytes a character: while so much is free, any event fits. */
const ANY_EVENT_BYTES = 5 * EVENT_BYTES_MAX;

/**
 * Packs items into records in their order. An envelope is closed when it is full, when what follows was metered by
 * another catalog version, and before a control record. Abandoned items are left out.
 */
export function packRecords(items: readonly LogItem[]): Packed<LogItem>[] {
  const records: Packed<LogItem>[] = [];
  let builder: EnvelopeBuilder | undefined;
  let carried: LogItem[] = [];
  const close = () => {
    if (builder) records.push({ value: builder.finish(), items: carried });
    builder = undefined;
    carried = [];
  };
  for (const item of items) {
    if (item.isAbandoned()) continue;
    if (item.kind === 'control') {
      close();
      records.push({ value: item.value, items: [item] });
      continue;
    }
    if (builder && builder.catalogVersion !== item.catalogVersion) close();
    for (const event of item.events) {
      if (builder && !hasRoomFor(builder, event)) close();
      builder ??= new EnvelopeBuilder(item.catalogVersion);
      builder.add(event);
      if (carried.at(-1) !== item) carried.push(item);
    }
  }
  close();
  return records;
}

function hasRoomFor(builder: EnvelopeBuilder, event: EnvelopeEvent): boolean {
  if (builder.count >= ENVELOPE_EVENTS_MAX) return false;
  // Spares the exact look at each event of an envelope that is far from full.
  if (builder.bytesMax + ANY_EVENT_BYTES <= MESSAGE_BYTES_MAX) return true;
  return builder.hasRoomFor(event);
}
