import type { IHeaders } from 'kafkajs';
import { EventPattern } from '@nestjs/microservices';

export interface ConsumedRecord {
  readonly offset: bigint;
  readonly key: Buffer | null;
  readonly value: Buffer | null;
  readonly headers: IHeaders;
  /** The broker's time when it appended the record (LogAppendTime), in milliseconds. */
  readonly appendedAtMs: number;
}

/** What one fetch brought of one partition, in order. Its bounds depend on timing, so it has no identity. */
export interface RecordBatch {
  /** Without the prefix. */
  readonly topic: string;
  readonly partition: number;
  readonly records: readonly ConsumedRecord[];
  readonly highWatermark: bigint;
  /** The transport beats by itself while a handler runs; call it only to learn of a rebalance early. It throws then. */
  heartbeat(): Promise<void>;
  /** The next batch starts here. It also makes this batch, and one being settled behind it, stale. */
  seek(offset: bigint): void;
  isRunning(): boolean;
  /** True once a seek has overtaken the batch: drop it, and all that was computed from it. */
  isStale(): boolean;
}

/**
 * What a handler may return. Without `settled` the batch is applied when the handler returns. With it the handler
 * returns early, the next batch is fetched and handled meanwhile, and the one after that waits until `settled`:
 * so one transaction is in flight while the next batch is decoded. A rejection of `settled` is treated like a
 * throw of the handler: the transport seeks back to the first record of the batch.
 */
export type BatchOutcome = void | { readonly settled: Promise<void> };

export type BatchHandlerMethod = (batch: RecordBatch) => Promise<BatchOutcome>;

/** Handlers of batches, and of nothing else, carry this transport. */
export const BATCH_TRANSPORT = Symbol('farthing-kafka-batch');

/** Nest turns what a handler throws into `{ status, message }`; as a value the error passes through whole. */
export class HandlerFailure {
  constructor(readonly error: unknown) {}
}

/**
 * Marks a method of a controller as the handler of a topic's batches:
 * `@BatchHandler(TOPIC) handle(batch: RecordBatch): Promise<BatchOutcome>`.
 * Offsets, retries and failures are the transport's; what is applied is the handler's transaction.
 */
export function BatchHandler(topic: string) {
  return (
    target: object,
    key: string | symbol,
    descriptor: TypedPropertyDescriptor<BatchHandlerMethod>,
  ): void => {
    const method = descriptor.value!;
    const guarded = async function (this: unknown, batch: RecordBatch) {
      try {
        return await method.call(this, batch);
      } catch (error) {
        return new HandlerFailure(error);
      }
    };
    descriptor.value = guarded as BatchHandlerMethod;
    EventPattern(topic, BATCH_TRANSPORT)(target, key, descriptor as PropertyDescriptor);
  };
}
