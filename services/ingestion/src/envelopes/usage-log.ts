import { AdaptivePacker } from '@farthing/adapters/kafka/adaptive-linger';
import { DeadlineExceeded } from '@farthing/adapters/kafka/kafka-errors';
import type { RecordProducer } from '@farthing/adapters/kafka/record-producer';
import { TOPICS } from '@farthing/contracts/topics/topic-names';
import type { EnvelopeEvent } from '@farthing/contracts/wire/envelope-builder';
import { CustomerPartitions } from './customer-partitions.js';
import { packRecords, type LogItem } from './pack-records.js';

/** Something to write, in the order in which it shall land in its partition. */
export type LogEntry =
  | { readonly kind: 'event'; readonly event: EnvelopeEvent }
  | {
      readonly kind: 'control';
      readonly tenant: string;
      /** Decides the partition; '' when there is none. */
      readonly customer: string;
      readonly value: Buffer;
    };

export interface AppendRequest {
  readonly catalogVersion: number;
  readonly entries: readonly LogEntry[];
  readonly deadlineMs: number;
}

export interface UsageLogOptions {
  readonly producer: Pick<RecordProducer, 'send'>;
  readonly partitions: number;
  readonly maxLingerMs: number;
  /** Bytes of events that may wait for Kafka, in all partitions together. */
  readonly maxWaitingBytes: number;
  /** How long one record may be on its way. */
  readonly sendDeadlineMs: number;
  readonly onEnvelopesSent: (sent: { readonly records: number; readonly bytes: number }) => void;
}

/** What an event takes in memory beside its data, about. */
const EVENT_OVERHEAD_BYTES = 600;

/** Writes to `usage.accepted.v1`: each customer's partition, one send in flight in each. */
export class UsageLog {
  readonly #packer: AdaptivePacker<LogItem>;
  readonly #partitions: CustomerPartitions;

  constructor(options: UsageLogOptions) {
    this.#partitions = new CustomerPartitions(options.partitions);
    this.#packer = new AdaptivePacker<LogItem>({
      pack: (_partition, items) => packRecords(items),
      send: async (partition, values) => {
        const offset = await options.producer.send({
          topic: TOPICS.usageAccepted,
          partition,
          records: values.map((value) => ({ value })),
          deadlineMs: options.sendDeadlineMs,
        });
        const bytes = values.reduce((sum, value) => sum + value.length, 0);
        options.onEnvelopesSent({ records: values.length, bytes });
        return offset;
      },
      maxLingerMs: options.maxLingerMs,
      maxWaiting: options.maxWaitingBytes,
      weightOf,
    });
  }

  /**
   * Resolves when Kafka has all of it. Rejects with `DeadlineExceeded` (some of it may still arrive) or, when too
   * much waits already, with `Overloaded`.
   */
  async append({ catalogVersion, entries, deadlineMs }: AppendRequest): Promise<void> {
    let abandoned = false;
    const isAbandoned = () => abandoned;
    const written: Promise<unknown>[] = [];
    for (const [partition, items] of this.#itemsOf(entries, { catalogVersion, isAbandoned })) {
      for (const item of items) written.push(this.#packer.submit(partition, item));
    }
    let timer: NodeJS.Timeout | undefined;
    const deadline = new Promise<never>((_, reject) => {
      timer = setTimeout(() => {
        reject(new DeadlineExceeded(`the log did not acknowledge within ${deadlineMs} ms`));
      }, deadlineMs);
    });
    try {
      await Promise.race([Promise.all(written), deadline]);
    } catch (error) {
      abandoned = true;
      throw error;
    } finally {
      clearTimeout(timer);
    }
  }

  /** By partition, neighbouring events together. */
  #itemsOf(
    entries: readonly LogEntry[],
    facts: { readonly catalogVersion: number; readonly isAbandoned: () => boolean },
  ): Map<number, LogItem[]> {
    const items = new Map<number, LogItem[]>();
    const open = new Map<number, EnvelopeEvent[]>();
    for (const entry of entries) {
      const { tenant, customer } = entry.kind === 'event' ? entry.event : entry;
      const partition = this.#partitions.of(tenant, customer);
      let lane = items.get(partition);
      if (!lane) items.set(partition, (lane = []));
      if (entry.kind === 'control') {
        lane.push({ kind: 'control', value: entry.value, isAbandoned: facts.isAbandoned });
        open.delete(partition);
        continue;
      }
      const events = open.get(partition);
      if (events) {
        events.push(entry.event);
        continue;
      }
      const fresh = [entry.event];
      open.set(partition, fresh);
      lane.push({ kind: 'events', events: fresh, ...facts });
    }
    return items;
  }
}

function weightOf(item: LogItem): number {
  if (item.kind === 'control') return item.value.length;
  return item.events.reduce((sum, { data }) => sum + data.length + EVENT_OVERHEAD_BYTES, 0);
}
