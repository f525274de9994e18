import type { Registry } from '@farthing/adapters/telemetry/metrics-registry';
import { Counter, Gauge, Histogram } from 'prom-client';
import type { EventRejectionCode } from './errors.js';

export type Door = 'http' | 'grpc' | 'kafka';

/** Everything that ingestion counts; no label grows with customers or tenants. */
export interface IngestionMetrics {
  eventsAccepted(door: Door, events: number): void;
  eventRejected(door: Door, code: EventRejectionCode): void;
  requestRefused(code: string): void;
  requestAcknowledged(seconds: number): void;
  envelopesSent(sent: { readonly records: number; readonly bytes: number }): void;
  customersUnanswered(): void;
  inboundSubscribed(topics: number): void;
}

export interface IngestionGauges {
  readonly catalogVersion: () => number;
  readonly bytesInHand: () => number;
  readonly haltedPartitions: () => number;
}

export function createIngestionMetrics(
  registry: Registry,
  gauges: IngestionGauges,
): IngestionMetrics {
  const registers = [registry];
  const counter = <Label extends string>(rest: string, help: string, labelNames: Label[]) =>
    new Counter({ name: name(rest), help, labelNames, registers });
  const accepted = counter('events_accepted_total', 'Events accepted', ['door']);
  const rejected = counter('events_rejected_total', 'Events rejected', ['door', 'code']);
  const refused = counter('requests_refused_total', 'Requests refused as a whole', ['code']);
  const records = counter('records_sent_total', 'Records acknowledged by Kafka', []);
  const bytes = counter('record_bytes_total', 'Bytes of the records that Kafka acknowledged', []);
  const unanswered = counter(
    'customer_lookups_unanswered_total',
    'Look-ups that catalog did not answer in time: their events were left to rating',
    [],
  );
  const acknowledged = new Histogram({
    name: name('acknowledgement_seconds'),
    help: 'From the arrival of a request to the acknowledgement of all of it',
    buckets: [0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5],
    registers,
  });
  const topics = new Gauge({
    name: name('inbound_topics'),
    help: 'Inbound topics that are read',
    registers,
  });
  const gauge = (rest: string, help: string, read: () => number) =>
    new Gauge({
      name: name(rest),
      help,
      registers,
      collect() {
        this.set(read());
      },
    });
  gauge('catalog_version', 'The catalog version that was read', gauges.catalogVersion);
  gauge('bytes_in_hand', 'Bytes of requests that are held in memory', gauges.bytesInHand);
  gauge('halted_partitions', 'Inbound partitions that stopped', gauges.haltedPartitions);
  return {
    eventsAccepted: (door, events) => accepted.inc({ door }, events),
    eventRejected: (door, code) => rejected.inc({ door, code }),
    requestRefused: (code) => refused.inc({ code }),
    requestAcknowledged: (seconds) => acknowledged.observe(seconds),
    envelopesSent: (sent) => {
      records.inc(sent.records);
      bytes.inc(sent.bytes);
    },
    customersUnanswered: () => unanswered.inc(),
    inboundSubscribed: (count) => topics.set(count),
  };
}

function name(rest: string): string {
  return `farthing_ingestion_${rest}`;
}
