import { setTimeout as sleep } from 'node:timers/promises';
import { Server, type CustomTransportStrategy } from '@nestjs/microservices';
import type { Consumer, EachBatchPayload } from 'kafkajs';
import { lastValueFrom, isObservable } from 'rxjs';
import { failureClassOf } from '../postgres/failure-class.js';
import type { Logger } from '../telemetry/logger.js';
import {
  BATCH_TRANSPORT,
  HandlerFailure,
  type BatchOutcome,
  type RecordBatch,
} from './batch-handler.js';
import { checkWatermarks } from './join-check.js';
import type { KafkaConnection } from './kafka-client.js';
import { isBrokerAway, PartitionHalted } from './kafka-errors.js';
import { Heartbeat } from './heartbeat.js';
import { type PartitionLane, PartitionLanes } from './partition-lane.js';
import { recordFromMessage } from './record-from-message.js';
import { createTopicAdmin, type TopicAdmin } from './topic-admin.js';

export interface BatchConsumerOptions {
  readonly kafka: KafkaConnection;
  /** Without prefix. */
  readonly groupId: string;
  /** The topic given to `@BatchHandler`; also what is subscribed to, unless `topics` says otherwise. */
  readonly handles: string;
  /** For one handler of many topics. Asked again by `resubscribe`. */
  readonly topics?: () => Promise<readonly string[]>;
  /** What was applied of a partition: where to start, and what the watermarks are checked against. */
  readonly storedNextOffset?: (topic: string, partition: number) => Promise<bigint>;
  readonly logger: Logger;
  /** Called when a partition stops for good, for a gauge and an alert. */
  readonly onHalt?: (topic: string, partition: number, cause: PartitionHalted) => void;
  /** Ends the process; an argument so that tests survive it. */
  readonly onFatal?: (error: unknown) => void;
  readonly partitionsConsumedConcurrently?: number;
  readonly sessionTimeoutMs?: number;
  readonly maxBytesPerPartition?: number;
  /** Transient failures of one batch before its partition rests, so that others are not held up. */
  readonly maxAttemptsInPlace?: number;
  readonly pauseMs?: number;
}

const RESTART_PAUSE_MS = 1_000;

/** How a batch ended, for the loop around it. */
type Delivery = 'applied' | 'overtaken' | 'left';

/**
 * Nest's transport for batches: kafkajs `eachBatch` with every default that loses or doubles something turned off.
 * A partition's batches are handled in order, partitions concurrently. Use it with
 * `app.connectMicroservice({ strategy })`, one strategy per consumer group.
 */
export class BatchConsumerStrategy extends Server implements CustomTransportStrategy {
  override readonly transportId = BATCH_TRANSPORT;
  override readonly propagatesEventHandlerErrors = true;
  private readonly admin: TopicAdmin;
  private readonly lanes = new PartitionLanes();
  private consumer: Consumer | undefined;
  private commitTimer: NodeJS.Timeout | undefined;
  private closing = false;
  private polledAtMs = Date.now();

  constructor(private readonly options: BatchConsumerOptions) {
    super();
    this.admin = createTopicAdmin(options.kafka);
  }

  /** Liveness: a consumer that stopped while its process lives on is seen by this and by nothing else. */
  millisSinceLastPoll(): number {
    return Date.now() - this.polledAtMs;
  }

  /** Partitions that stopped with an alarm, as `topic/partition`. */
  haltedPartitions(): readonly string[] {
    return this.lanes.halted();
  }

  async listen(callback: () => void): Promise<void> {
    await this.start();
    callback();
  }

  async close(): Promise<void> {
    this.closing = true;
    await this.stop();
    await this.admin.close();
  }

  /** kafkajs resolves subscriptions once: to read a longer list it must stop and start. Nothing is lost by it. */
  async resubscribe(): Promise<void> {
    await this.stop();
    if (!this.closing) await this.start();
  }

  override on(): void {
    throw new Error('this transport emits no events');
  }

  // oxlint-disable-next-line typescript/no-unnecessary-type-parameters -- the signature is Nest's
  unwrap<T>(): T {
    return this.consumer as T;
  }

  private async start(): Promise<void> {
    const topics = await (this.options.topics?.() ?? [this.options.handles]);
    if (topics.length === 0) return;
    const consumer = this.createConsumer();
    this.consumer = consumer;
    await this.untilKafkaAnswers(() => consumer.connect());
    const names = topics.map((topic) => this.options.kafka.withPrefix(topic));
    await this.untilKafkaAnswers(() => consumer.subscribe({ topics: names, fromBeginning: true }));
    await consumer.run({
      autoCommit: false,
      eachBatchAutoResolve: false,
      partitionsConsumedConcurrently: this.options.partitionsConsumedConcurrently ?? 8,
      eachBatch: (payload) => this.eachBatch(payload),
    });
    this.commitTimer = setInterval(() => void this.commitLazily(), 1_000);
    this.commitTimer.unref();
  }

  /** With a fresh consumer, which waits for the broker as the first one did. */
  private async startAgain(error: Error): Promise<void> {
    this.options.kafka.logger.warn({ err: error }, 'the broker is away; the consumer starts again');
    try {
      await sleep(RESTART_PAUSE_MS);
      await this.resubscribe();
    } catch (failure) {
      this.fatal(failure);
    }
  }

  private createConsumer(): Consumer {
    const consumer = this.options.kafka.kafka.consumer({
      groupId: this.options.kafka.withPrefix(this.options.groupId),
      allowAutoTopicCreation: false,
      sessionTimeout: this.options.sessionTimeoutMs ?? this.options.kafka.sessionTimeoutMs,
      // How soon a member notices a rebalance.
      heartbeatInterval: 1_000,
      maxWaitTimeInMs: 1_000,
      maxBytesPerPartition: this.options.maxBytesPerPartition ?? 4 * 1024 * 1024,
      maxBytes: 32 * 1024 * 1024,
      retry: { initialRetryTime: 100, maxRetryTime: 2_000, retries: 10 },
    });
    consumer.on(consumer.events.FETCH, () => {
      this.polledAtMs = Date.now();
    });
    consumer.on(consumer.events.GROUP_JOIN, ({ payload }) => {
      for (const [topic, partitions] of Object.entries(payload.memberAssignment)) {
        void this.checkOnJoin(consumer, topic, partitions);
      }
    });
    consumer.on(consumer.events.CRASH, ({ payload }) => {
      if (payload.restart || this.closing) return;
      if (isBrokerAway(payload.error)) void this.startAgain(payload.error);
      else this.fatal(payload.error);
    });
    return consumer;
  }

  private async stop(): Promise<void> {
    clearInterval(this.commitTimer);
    const { consumer } = this;
    this.consumer = undefined;
    if (!consumer) return;
    // Handlers that run are finished; their last commit is a courtesy to lag tools.
    await this.lanes.settled();
    await this.commitLazily(consumer);
    await consumer.disconnect();
    await this.lanes.settled();
  }

  /** Nobody awaits this: it races the first fetch. The seek is an optimisation; the row lock is the guard. */
  private async checkOnJoin(
    consumer: Consumer,
    prefixed: string,
    partitions: number[],
  ): Promise<void> {
    const { storedNextOffset } = this.options;
    if (!storedNextOffset) return;
    const topic = this.options.kafka.withoutPrefix(prefixed);
    try {
      // Before the watermarks: what is applied and appended meanwhile must not look like the end of a shorter log.
      const stored = new Map<number, bigint>();
      for (const partition of partitions)
        stored.set(partition, await storedNextOffset(topic, partition));
      const watermarks = await this.admin.watermarks(topic);
      for (const partition of partitions) {
        const nextOffset = stored.get(partition);
        const marks = watermarks.get(partition);
        if (nextOffset === undefined || !marks || this.consumer !== consumer) continue;
        const fault = checkWatermarks(nextOffset, marks);
        if (fault) this.halt(topic, partition, fault);
        else consumer.seek({ topic: prefixed, partition, offset: nextOffset.toString() });
      }
    } catch (error) {
      this.options.logger.warn({ err: error, topic }, 'the check on join failed');
    }
  }

  private async eachBatch(payload: EachBatchPayload): Promise<void> {
    const topic = this.options.kafka.withoutPrefix(payload.batch.topic);
    const lane = this.lanes.of(topic, payload.batch.partition);
    if (lane.halted) {
      // Not resolved, so the records come again after a restart; paused, so they do not come again at once.
      payload.pause();
      return;
    }
    const batch = this.batchFrom(topic, payload, lane);
    const beat = new Heartbeat(payload);
    try {
      const delivery = await this.deliver(lane, batch, payload, beat);
      if (delivery === 'applied') payload.resolveOffset(payload.batch.lastOffset());
    } finally {
      beat.stop();
    }
    if (beat.error) throw beat.error;
  }

  /** Retries in place. A rebalance is rethrown untouched; any other end leaves the offset where it was. */
  private async deliver(
    lane: PartitionLane,
    batch: RecordBatch,
    payload: EachBatchPayload,
    beat: Heartbeat,
  ): Promise<Delivery> {
    for (;;) {
      if (lane.failures >= (this.options.maxAttemptsInPlace ?? 5)) {
        this.rest(lane, batch, payload);
        return 'left';
      }
      await this.waitForRetry(lane, batch);
      if (batch.isStale() || !batch.isRunning() || beat.error) return 'overtaken';
      const outcome = await this.invoke(batch);
      if (!(outcome instanceof HandlerFailure)) {
        if (batch.isStale()) return 'overtaken';
        if (outcome?.settled) await this.follow(lane, batch, outcome.settled);
        else lane.applied(batch.records.at(-1)!.offset);
        return 'applied';
      }
      if (outcome.error === beat.error) throw outcome.error;
      if (!this.mayRetry(lane, batch, outcome.error)) return 'left';
    }
  }

  /** Decides what a failure means; true when the same batch may be tried again here. Throws on a rebalance. */
  private mayRetry(lane: PartitionLane, batch: RecordBatch, error: unknown): boolean {
    const failureClass = failureClassOf(error);
    const context = { err: error, topic: batch.topic, partition: batch.partition, failureClass };
    switch (failureClass) {
      case 'rebalance':
        throw error;
      case 'transient':
        lane.failed(Date.now());
        this.options.logger.warn(
          { ...context, attempt: lane.failures },
          'a batch failed and is retried',
        );
        return true;
      case 'halt':
        this.halt(batch.topic, batch.partition, error as PartitionHalted);
        return false;
      case 'deterministic': {
        // The handler should have bisected the batch and recorded the outcome of the one record at fault.
        const message = `a failure that will repeat left the handler: ${(error as Error).message}`;
        this.halt(
          batch.topic,
          batch.partition,
          new PartitionHalted('unrecorded_failure', message, { cause: error }),
        );
        return false;
      }
      case 'programmer':
        this.fatal(error);
        return false;
    }
  }

  /** At most one batch is being settled while the next is handled; its failure takes both back. */
  private async follow(
    lane: PartitionLane,
    batch: RecordBatch,
    settled: Promise<void>,
  ): Promise<void> {
    const previous = lane.settling;
    lane.settling = this.settle(lane, batch, settled);
    await previous;
  }

  /** Never rejects. A batch that is stale was computed on top of one that failed and has sought back further. */
  private async settle(
    lane: PartitionLane,
    batch: RecordBatch,
    settled: Promise<void>,
  ): Promise<void> {
    try {
      await settled;
      if (!batch.isStale()) lane.applied(batch.records.at(-1)!.offset);
    } catch (error) {
      if (batch.isStale() || failureClassOf(error) === 'rebalance') return;
      if (this.mayRetry(lane, batch, error)) batch.seek(batch.records[0]!.offset);
    }
  }

  private async invoke(batch: RecordBatch): Promise<BatchOutcome | HandlerFailure> {
    const handler = this.getHandlerByPattern(this.options.handles);
    if (!handler)
      return new HandlerFailure(new TypeError(`no handler for ${this.options.handles}`));
    try {
      const answer: unknown = await handler(batch);
      return (
        isObservable(answer) ? await lastValueFrom(answer, { defaultValue: undefined }) : answer
      ) as BatchOutcome | HandlerFailure;
    } catch (error) {
      return new HandlerFailure(error);
    }
  }

  private async waitForRetry(lane: PartitionLane, batch: RecordBatch): Promise<void> {
    while (Date.now() < lane.retryAtMs && batch.isRunning() && !batch.isStale()) {
      await sleep(Math.min(100, Math.max(1, lane.retryAtMs - Date.now())));
    }
  }

  /** kafkajs waits for all batches of a fetch before the next one, so a failing partition must not stay in it. */
  private rest(lane: PartitionLane, batch: RecordBatch, payload: EachBatchPayload): void {
    const resume = payload.pause();
    lane.rested();
    const { topic, partition } = batch;
    this.options.logger.error({ topic, partition }, 'the partition rests after repeated failures');
    setTimeout(() => {
      if (!lane.halted && !this.closing) resume();
    }, this.options.pauseMs ?? 5_000).unref();
  }

  private halt(topic: string, partition: number, cause: PartitionHalted): void {
    this.lanes.of(topic, partition).halted = true;
    this.consumer?.pause([
      { topic: this.options.kafka.withPrefix(topic), partitions: [partition] },
    ]);
    this.options.logger.fatal(
      { err: cause, topic, partition, reason: cause.reason },
      'the partition stops',
    );
    this.options.onHalt?.(topic, partition, cause);
  }

  private fatal(error: unknown): void {
    this.options.logger.fatal(
      { err: error, group: this.options.groupId },
      'the consumer cannot go on',
    );
    (this.options.onFatal ?? (() => process.exit(1)))(error);
  }

  /** After the effects, without waiting, and failures do not matter: nobody starts from these offsets. */
  private async commitLazily(consumer = this.consumer): Promise<void> {
    const commits = this.lanes.takeCommits().map(({ topic, partition, offset }) => ({
      topic: this.options.kafka.withPrefix(topic),
      partition,
      offset: offset.toString(),
    }));
    if (commits.length === 0 || !consumer) return;
    await consumer.commitOffsets(commits).catch((error: unknown) => {
      this.options.logger.debug({ err: error }, 'a lazy commit failed');
    });
  }

  private batchFrom(topic: string, payload: EachBatchPayload, lane: PartitionLane): RecordBatch {
    const { partition } = payload.batch;
    const { epoch } = lane;
    return {
      topic,
      partition,
      records: payload.batch.messages.map(recordFromMessage),
      highWatermark: BigInt(payload.batch.highWatermark),
      heartbeat: () => payload.heartbeat(),
      isRunning: () => payload.isRunning() && !this.closing,
      isStale: () => lane.epoch !== epoch || payload.isStale(),
      seek: (offset) => {
        lane.epoch += 1;
        this.consumer?.seek({ topic: payload.batch.topic, partition, offset: offset.toString() });
      },
    };
  }

  private async untilKafkaAnswers(attempt: () => Promise<void>): Promise<void> {
    while (!this.closing) {
      try {
        await attempt();
        return;
      } catch (error) {
        this.options.logger.warn({ err: error }, 'Kafka does not answer yet');
        await sleep(1_000);
      }
    }
  }
}
