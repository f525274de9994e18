import type { ConsumedRecord, RecordBatch } from '@farthing/adapters/kafka/batch-handler';
import { TOPICS } from '@farthing/contracts/topics/topic-names';
import { endOf, type Reach } from './log-reach.js';

export interface ReplayedRecordsParts {
  readonly reaches: readonly Reach[];
  readonly rate: (batch: RecordBatch) => Promise<void>;
  readonly onProgress: (done: number, of: number) => void;
}

/** What one fetch of rating brings at most. */
const BATCH_BYTES = 1024 * 1024;

/** Gathers the records of the log that rating has applied into batches of one partition, and has them rated. */
export class ReplayedRecords {
  readonly #ends: ReadonlyMap<number, bigint>;
  readonly #all: number;
  #done = 0;
  #partition = -1;
  #records: ConsumedRecord[] = [];
  #bytes = 0;

  constructor(private readonly parts: ReplayedRecordsParts) {
    this.#ends = new Map(parts.reaches.map((reach) => [reach.partition, endOf(reach)]));
    this.#all = Number([...this.#ends.values()].reduce((sum, end) => sum + end, 0n));
  }

  async take(record: ConsumedRecord, partition: number): Promise<void> {
    if (record.offset >= (this.#ends.get(partition) ?? 0n)) return;
    if (partition !== this.#partition) await this.#rate();
    this.#partition = partition;
    this.#records.push(record);
    this.#bytes += record.value?.length ?? 0;
    if (this.#bytes >= BATCH_BYTES) await this.#rate();
  }

  /** Rates what is left, and answers how many records there were. */
  async finish(): Promise<number> {
    await this.#rate();
    if (this.#done !== this.#all) {
      throw new Error(`${this.#done} of ${this.#all} records were rated`);
    }
    return this.#done;
  }

  async #rate(): Promise<void> {
    const records = this.#records;
    if (records.length === 0) return;
    this.#records = [];
    this.#bytes = 0;
    await this.parts.rate({
      topic: TOPICS.usageAccepted,
      partition: this.#partition,
      records,
      highWatermark: records.at(-1)!.offset + 1n,
      heartbeat: () => Promise.resolve(),
      seek: (offset) => {
        throw new Error(`offset ${offset} of partition ${this.#partition} was passed over`);
      },
      isRunning: () => true,
      isStale: () => false,
    });
    this.#done += records.length;
    this.parts.onProgress(this.#done, this.#all);
  }
}
