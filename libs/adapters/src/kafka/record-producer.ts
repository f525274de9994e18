import { setTimeout as sleep } from 'node:timers/promises';
import type { PartitionerArgs, Producer } from 'kafkajs';
import { DeadlineExceeded, Overloaded } from './kafka-errors.js';
import type { KafkaConnection } from './kafka-client.js';

export interface OutgoingRecord {
  readonly value: Buffer | null;
  readonly key?: string | Buffer;
  readonly headers?: Readonly<Record<string, string | Buffer>>;
}

export interface SendRequest {
  readonly topic: string;
  /** Always explicit: kafkajs re-partitions a retried record that has none. */
  readonly partition: number;
  /** Land one behind the other. Together at most 3 MiB, as a topic takes 4 MiB in one go. */
  readonly records: readonly OutgoingRecord[];
  readonly deadlineMs?: number;
}

export interface RecordProducer {
  /**
   * Answers the offset of the first record once all in-sync replicas have them. Rejects with `DeadlineExceeded`
   * (the records may still arrive) or, having taken nothing, with `Overloaded`.
   */
  send(request: SendRequest): Promise<bigint>;
  close(): Promise<void>;
}

export interface RecordProducerOptions {
  readonly kafka: KafkaConnection;
  readonly defaultDeadlineMs?: number;
  /** What waits behind the sends in flight, in all partitions together. */
  readonly maxQueuedBytes?: number;
}

interface Waiting {
  readonly request: SendRequest;
  readonly bytes: number;
  readonly resolve: (offset: bigint) => void;
  readonly reject: (error: Error) => void;
  settled: boolean;
  timer: NodeJS.Timeout;
}

/**
 * One send in flight per partition and process, the next only after the acknowledgement: otherwise a retried
 * first could land behind the second. A send past its deadline still holds its partition until kafkajs is done.
 */
export function createRecordProducer(options: RecordProducerOptions): RecordProducer {
  const producer = options.kafka.kafka.producer({
    allowAutoTopicCreation: false,
    createPartitioner: () => explicitPartition,
    retry: { initialRetryTime: 50, maxRetryTime: 1_000, retries: 10 },
  });
  return new QueueingProducer(producer, options);
}

/** A retry would put a record without a partition into any other one, behind or before its neighbours. */
function explicitPartition({ message }: PartitionerArgs): number {
  if (message.partition === undefined)
    throw new TypeError('a record without an explicit partition');
  return message.partition;
}

class QueueingProducer implements RecordProducer {
  private readonly queues = new Map<string, Waiting[]>();
  private readonly unsettled = new Set<Promise<unknown>>();
  private isConnected = false;
  private queuedBytes = 0;
  private closed = false;
  private readonly connected: Promise<void>;

  constructor(
    private readonly producer: Producer,
    private readonly options: RecordProducerOptions,
  ) {
    this.connected = this.connect();
  }

  send(request: SendRequest): Promise<bigint> {
    if (this.closed) return Promise.reject(new Overloaded('the producer is closed'));
    const bytes = request.records.reduce((sum, record) => sum + (record.value?.length ?? 0), 0);
    if (this.queuedBytes + bytes > (this.options.maxQueuedBytes ?? 64 * 1024 * 1024)) {
      return Promise.reject(new Overloaded('too many bytes wait for Kafka'));
    }
    this.queuedBytes += bytes;
    const answer = new Promise<bigint>((resolve, reject) => {
      const deadlineMs = request.deadlineMs ?? this.options.defaultDeadlineMs ?? 5_000;
      const waiting: Waiting = {
        request,
        bytes,
        resolve,
        reject,
        settled: false,
        timer: setTimeout(() => {
          waiting.settled = true;
          reject(new DeadlineExceeded(`Kafka did not acknowledge within ${deadlineMs} ms`));
        }, deadlineMs),
      };
      this.enqueue(waiting);
    });
    const settled: Promise<unknown> = answer
      .catch(() => undefined)
      .finally(() => this.unsettled.delete(settled));
    this.unsettled.add(settled);
    return answer;
  }

  /** Every send has its answer, at the latest by its deadline, before the connection goes. */
  async close(): Promise<void> {
    this.closed = true;
    await Promise.all(this.unsettled);
    if (this.isConnected) await this.producer.disconnect();
  }

  /** kafkajs refuses to send before it has connected once; later it reconnects by itself. */
  private async connect(): Promise<void> {
    while (!this.closed) {
      try {
        await this.producer.connect();
        this.isConnected = true;
        return;
      } catch (error) {
        this.options.kafka.logger.warn({ err: error }, 'the producer waits for Kafka');
        await sleep(500);
      }
    }
  }

  private enqueue(waiting: Waiting): void {
    const lane = `${waiting.request.topic}/${waiting.request.partition}`;
    const queue = this.queues.get(lane);
    if (queue) {
      queue.push(waiting);
      return;
    }
    const fresh = [waiting];
    this.queues.set(lane, fresh);
    void this.run(lane, fresh);
  }

  private async run(lane: string, queue: Waiting[]): Promise<void> {
    await this.connected;
    for (let waiting = queue.shift(); waiting; waiting = queue.shift()) {
      // One whose deadline passed while it waited was never sent, and no longer needs to be.
      if (!waiting.settled) await this.sendOne(waiting);
      this.queuedBytes -= waiting.bytes;
    }
    this.queues.delete(lane);
  }

  private async sendOne(waiting: Waiting): Promise<void> {
    const { topic, partition, records } = waiting.request;
    try {
      const [answer] = await this.producer.send({
        topic: this.options.kafka.withPrefix(topic),
        acks: -1,
        messages: records.map((record) => ({
          partition,
          value: record.value,
          key: record.key ?? null,
          headers: record.headers,
        })),
      });
      if (answer?.baseOffset === undefined) throw new Error('Kafka acknowledged without an offset');
      this.settle(waiting, () => waiting.resolve(BigInt(answer.baseOffset!)));
    } catch (error) {
      this.settle(waiting, () => waiting.reject(error as Error));
    }
  }

  private settle(waiting: Waiting, answer: () => void): void {
    clearTimeout(waiting.timer);
    if (waiting.settled) return;
    waiting.settled = true;
    answer();
  }
}
