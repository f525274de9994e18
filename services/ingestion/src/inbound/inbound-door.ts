import type { Clock } from '@farthing/adapters/config/clock';
import type { ConsumedRecord, RecordBatch } from '@farthing/adapters/kafka/batch-handler';
import { tenantOfInboundTopic } from '@farthing/contracts/topics/topic-names';
import type { LogEntry, UsageLog } from '../envelopes/usage-log.js';
import type { IngestionMetrics } from '../metrics.js';
import type { Admission } from '../usage-events/admit-usage-events.js';
import { logEntryOf } from '../usage-events/log-entry-of.js';
import { candidateFromRecord } from './event-record.js';
import { rejectedRecord } from './rejected-record.js';

export interface InboundDoorOptions {
  readonly admission: Pick<Admission, 'admit'>;
  readonly log: Pick<UsageLog, 'append'>;
  readonly clock: Clock;
  readonly metrics: Pick<IngestionMetrics, 'eventsAccepted' | 'eventRejected'>;
  readonly deadlineMs: number;
  readonly dedupeHorizonMs: number;
}

/** Records that are worked on together; what is in memory at a time depends on it. */
const TOGETHER = 1_000;

/** The Kafka door: the events of an inbound topic, by the rules of every door. */
export class InboundDoor {
  constructor(private readonly options: InboundDoorOptions) {}

  /**
   * Resolves when the log has all of the batch, in order. A rejection is transient: the batch comes again, and what
   * of it did arrive is recognized by rating.
   */
  async take(batch: RecordBatch): Promise<void> {
    for (let at = 0; at < batch.records.length; at += TOGETHER) {
      await this.#takeSome(batch, batch.records.slice(at, at + TOGETHER));
    }
  }

  async #takeSome(batch: RecordBatch, records: readonly ConsumedRecord[]): Promise<void> {
    const { topic, partition } = batch;
    const { admission, log, clock, deadlineMs, dedupeHorizonMs, metrics } = this.options;
    const tenant = tenantOfInboundTopic(topic);
    if (tenant === undefined) throw new Error(`${topic} is no inbound topic`);
    const { catalogVersion, events } = await admission.admit({
      tenant,
      candidates: records.map(candidateFromRecord),
      bounds: { now: clock.nowMicros(), dedupeHorizon: dedupeHorizonMs * 1_000 },
      deadlineMs,
    });
    const entries = events.map((one, i): LogEntry => {
      if (one.outcome === 'accepted') return logEntryOf(one, catalogVersion);
      const { rejection, label } = one;
      const record = records[i]!;
      const value = rejectedRecord({ tenant, topic, partition, record, rejection, label });
      return { kind: 'control', tenant, customer: label.subject, value };
    });
    await log.append({ catalogVersion, entries, deadlineMs });
    metrics.eventsAccepted('kafka', events.filter(({ outcome }) => outcome === 'accepted').length);
    for (const one of events) {
      if (one.outcome === 'rejected') metrics.eventRejected('kafka', one.rejection.code);
    }
  }
}
