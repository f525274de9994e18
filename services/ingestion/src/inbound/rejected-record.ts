import type { ConsumedRecord } from '@farthing/adapters/kafka/batch-handler';
import { encodeControlRecord } from '@farthing/contracts/wire/usage-record';
import { EVENT_REJECTIONS } from '../errors.js';
import type { EventLabel, Rejection } from '../usage-events/usage-event.js';

export interface RejectedInbound {
  readonly tenant: string;
  /** Without prefix. */
  readonly topic: string;
  readonly partition: number;
  readonly record: ConsumedRecord;
  readonly rejection: Rejection;
  readonly label: EventLabel;
}

/** Of the refused bytes, so many are kept. */
const BYTES_KEPT = 64 * 1024;

/** The control record that gives a refused record of the Kafka door a fate like any other's. */
export function rejectedRecord(rejected: RejectedInbound): Buffer {
  const { tenant, topic, partition, record, rejection, label } = rejected;
  return encodeControlRecord({
    case: 'rejected',
    value: {
      // The place in the inbound topic: a repetition after a crash is the same command.
      commandId: `rejected:${topic}:${partition}:${record.offset}`,
      tenant,
      customer: label.subject,
      source: label.source,
      eventId: label.id,
      code: rejection.code,
      detail: EVENT_REJECTIONS[rejection.code],
      pointer: rejection.pointer,
      bytes: record.value?.subarray(0, BYTES_KEPT) ?? Buffer.alloc(0),
    },
  });
}
