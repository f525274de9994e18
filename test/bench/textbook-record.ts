import { partitionOf } from '@farthing/contracts/topics/partition-of';
import { bodyHash, eventKey } from '@farthing/contracts/wire/event-identity';
import type { BenchRecord } from './kafka-topic.js';
import type { LoadEvent } from './load.js';

/**
 * An accepted event as a record of its own, in JSON. As in Farthing, its door has checked it and has
 * worked out its key and the hash of its body, so the worker does not.
 */
export interface TextbookRecord {
  readonly tenant: string;
  readonly customer: string;
  readonly source: string;
  readonly id: string;
  readonly type: string;
  /** Microseconds since the epoch. */
  readonly occurredAt: number;
  /** Hex. */
  readonly key: string;
  readonly bodyHash: string;
  readonly data: { readonly status: number; readonly bytes: number; readonly creator: string };
}

/** The load's records by partition. */
export function textbookRecords(
  load: readonly LoadEvent[],
  partitions: number,
): Map<number, BenchRecord[]> {
  const records = new Map<number, BenchRecord[]>();
  for (const event of load) {
    const partition = partitionOf(event.tenant, event.customer, partitions);
    const lane = records.get(partition) ?? [];
    records.set(partition, lane);
    lane.push({ value: JSON.stringify(recordOf(event)) });
  }
  return records;
}

function recordOf(event: LoadEvent): TextbookRecord {
  const { tenant, customer, source, id, type, time, occurredAt, data } = event;
  const hash = bodyHash({ type, subject: customer, time }, Buffer.from(data));
  return {
    tenant,
    customer,
    source,
    id,
    type,
    occurredAt,
    key: eventKey(tenant, source, id).toString('hex'),
    bodyHash: hash.toString('hex'),
    data: JSON.parse(data) as TextbookRecord['data'],
  };
}
