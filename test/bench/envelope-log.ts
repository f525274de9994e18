import { PropertyKind } from '@farthing/contracts/generated/farthing/usage/v1/envelope_pb';
import { partitionOf } from '@farthing/contracts/topics/partition-of';
import { EnvelopeBuilder, type EnvelopeEvent } from '@farthing/contracts/wire/envelope-builder';
import { bodyHash, eventKey } from '@farthing/contracts/wire/event-identity';
import type { LoadEvent } from './load.js';
import { CREATOR_POINTER } from './tariff.js';

const UNIT = 1_000_000_000n;

/** What the door makes of an event: metered by both meters, with the creator taken out. */
export function envelopeEvent(event: LoadEvent): EnvelopeEvent {
  const data = Buffer.from(event.data);
  const { tenant, customer, type, source, id, time } = event;
  return {
    tenant,
    customer,
    type,
    source,
    id,
    holdId: '',
    quoteToken: '',
    key: eventKey(tenant, source, id),
    bodyHash: bodyHash({ type, subject: customer, time }, data),
    occurredAt: event.occurredAt,
    data,
    readings: [
      { meter: 'articles', quantity: UNIT },
      { meter: 'traffic', quantity: BigInt(event.bytes) * UNIT },
    ],
    properties: [{ pointer: CREATOR_POINTER, value: event.creator, kind: PropertyKind.STRING }],
  };
}

/** Records of `usage.accepted.v1` by partition, with envelopes of so many events. */
export function packLog(
  load: readonly LoadEvent[],
  log: {
    readonly partitions: number;
    readonly catalogVersion: number;
    readonly envelopeEvents: number;
    readonly toEnvelope?: (event: LoadEvent) => EnvelopeEvent;
  },
): Map<number, Buffer[]> {
  const records = new Map<number, Buffer[]>();
  const open = new Map<number, EnvelopeBuilder>();
  const close = (partition: number, builder: EnvelopeBuilder) => {
    const lane = records.get(partition) ?? [];
    lane.push(builder.finish());
    records.set(partition, lane);
    open.delete(partition);
  };
  const toEnvelope = log.toEnvelope ?? envelopeEvent;
  for (const loaded of load) {
    const event = toEnvelope(loaded);
    const partition = partitionOf(event.tenant, event.customer, log.partitions);
    let builder = open.get(partition);
    if (!builder) open.set(partition, (builder = new EnvelopeBuilder(log.catalogVersion)));
    builder.add(event);
    if (builder.count === log.envelopeEvents) close(partition, builder);
  }
  for (const [partition, builder] of open) close(partition, builder);
  return records;
}
