import { Overloaded } from './kafka-errors.js';

/** One record to send and the items that it carries, whole or in part. */
export interface Packed<Item> {
  readonly value: Buffer;
  readonly items: readonly Item[];
}

export interface PackerOptions<Item> {
  /** Closes records by size and count; answers them in the order in which they shall land. */
  readonly pack: (partition: number, items: readonly Item[]) => readonly Packed<Item>[];
  /** Answers the offset of the first record. Records of one call land one behind the other. */
  readonly send: (partition: number, values: readonly Buffer[]) => Promise<bigint>;
  readonly maxLingerMs?: number;
  /** In all partitions together; beyond it `submit` rejects with `Overloaded`. */
  readonly maxWaiting?: number;
  /** How much of `maxWaiting` an item takes; 1 by default. */
  readonly weightOf?: (item: Item) => number;
  /** Most bytes of one `send`; more records than fit go with the next. */
  readonly maxSendBytes?: number;
}

export interface PackAck {
  /** Of the last record that carries the item. */
  readonly offset: bigint;
}

interface Waiting<Item> {
  readonly item: Item;
  readonly resolve: (ack: PackAck) => void;
  readonly reject: (error: Error) => void;
}

interface Lane<Item> {
  waiting: Waiting<Item>[];
  sending: boolean;
  lingerMs: number;
  scheduled: boolean;
}

/**
 * Packs what arrives for a partition within a few milliseconds into as few records as possible. A lone item goes
 * at once; while a send is in flight the next ones gather; and under load, seen by sends that carried several
 * items, the wait grows to `maxLingerMs`, because the size of a record decides what it costs the broker.
 */
export class AdaptivePacker<Item extends object> {
  private readonly lanes = new Map<number, Lane<Item>>();
  private weight = 0;

  constructor(private readonly options: PackerOptions<Item>) {}

  submit(partition: number, item: Item): Promise<PackAck> {
    const weight = this.weightOf(item);
    if (this.weight + weight > (this.options.maxWaiting ?? 100_000)) {
      return Promise.reject(new Overloaded('too many items wait for Kafka'));
    }
    this.weight += weight;
    return new Promise<PackAck>((resolve, reject) => {
      const lane = this.lane(partition);
      lane.waiting.push({ item, resolve, reject });
      if (!lane.sending && !lane.scheduled) this.schedule(partition, lane);
    }).finally(() => {
      this.weight -= weight;
    });
  }

  private lane(partition: number): Lane<Item> {
    let lane = this.lanes.get(partition);
    if (!lane) {
      lane = { waiting: [], sending: false, lingerMs: 0, scheduled: false };
      this.lanes.set(partition, lane);
    }
    return lane;
  }

  private schedule(partition: number, lane: Lane<Item>): void {
    const flush = () => {
      lane.scheduled = false;
      void this.flush(partition, lane);
    };
    lane.scheduled = true;
    // At 0 ms, too, the items that the same turn of the event loop submits go together. (A timer waits at least 1 ms.)
    if (lane.lingerMs === 0) setImmediate(flush);
    else setTimeout(flush, lane.lingerMs);
  }

  private async flush(partition: number, lane: Lane<Item>): Promise<void> {
    lane.sending = true;
    const waiting = lane.waiting;
    lane.waiting = [];
    this.adapt(lane, waiting.length);
    const byItem = new Map(waiting.map((entry) => [entry.item, entry]));
    try {
      const acks = await this.sendAll(partition, this.options.pack(partition, [...byItem.keys()]));
      for (const { item, resolve, reject } of waiting) {
        const offset = acks.get(item);
        if (offset === undefined) reject(new Error('pack left an item out'));
        else resolve({ offset });
      }
    } catch (error) {
      // Some of its records may have arrived; the sender repeats the whole and dedupe drops the rest.
      for (const { reject } of waiting) reject(error as Error);
    }
    lane.sending = false;
    if (lane.waiting.length > 0) this.schedule(partition, lane);
  }

  private adapt(lane: Lane<Item>, items: number): void {
    const maxLingerMs = this.options.maxLingerMs ?? 10;
    lane.lingerMs =
      items > 1 ? Math.min(maxLingerMs, lane.lingerMs * 2 + 1) : Math.floor(lane.lingerMs / 2);
  }

  private async sendAll(
    partition: number,
    packed: readonly Packed<Item>[],
  ): Promise<Map<Item, bigint>> {
    const acks = new Map<Item, bigint>();
    for (const group of this.groupBySize(packed)) {
      const base = await this.options.send(
        partition,
        group.map((record) => record.value),
      );
      group.forEach((record, at) => {
        for (const item of record.items) acks.set(item, base + BigInt(at));
      });
    }
    return acks;
  }

  private groupBySize(packed: readonly Packed<Item>[]): Packed<Item>[][] {
    const most = this.options.maxSendBytes ?? 3 * 1024 * 1024;
    const groups: Packed<Item>[][] = [];
    let bytes = most;
    for (const record of packed) {
      if (bytes + record.value.length > most) {
        groups.push([]);
        bytes = 0;
      }
      groups.at(-1)!.push(record);
      bytes += record.value.length;
    }
    return groups;
  }

  private weightOf(item: Item): number {
    return this.options.weightOf?.(item) ?? 1;
  }
}
