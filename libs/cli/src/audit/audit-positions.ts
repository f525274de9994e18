import type { KafkaConnection } from '@farthing/adapters/kafka/kafka-client';
import type { Transaction } from '@farthing/adapters/postgres/transaction';
import { idAt } from '@farthing/contracts/wire/envelope-columns';
import { columnsOfOne } from '@farthing/contracts/wire/single-event';
import type { ControlRecord } from '@farthing/contracts/wire/usage-record';
import { readLog, type LogRecord } from '../log/read-log.js';
import type { Finding } from './finding.js';

const SENTENCE =
  'Up to the position of rating, the events in the log are those that it counts as applied, duplicate, conflict, rejected or dead-lettered.';

/**
 * Invariant 7, counted by position: what the log holds below rating's position, per tenant and partition, against
 * the outcomes that rating counted. A `Rejected` record is one event, and so is one by which an event voids or corrects
 * another; an envelope is as many as it holds.
 */
export async function auditPositions(tx: Transaction, kafka: KafkaConnection): Promise<Finding> {
  const applied = await appliedTo(tx);
  const counted = await countedEvents(tx);
  const found = new Map<string, number>();
  await readLog(kafka, (record) => countRecord(record, applied, found));
  const violations: Array<Record<string, unknown>> = [];
  for (const place of new Set([...counted.keys(), ...found.keys()])) {
    const inLog = found.get(place) ?? 0;
    const outcomes = counted.get(place) ?? 0;
    if (inLog === outcomes) continue;
    const [tenant, partition] = place.split('/');
    violations.push({
      fault: 'events without an outcome, or outcomes without an event',
      tenant,
      partition,
      inLog,
      outcomes,
    });
  }
  return { invariant: 7, sentence: SENTENCE, violations };
}

function countRecord(
  { partition, offset, record }: LogRecord,
  applied: ReadonlyMap<number, { offset: bigint; index: number }>,
  found: Map<string, number>,
): void {
  const next = applied.get(partition) ?? { offset: 0n, index: 0 };
  if (offset > next.offset) return;
  const add = (tenant: string) => {
    const place = `${tenant}/${partition}`;
    found.set(place, (found.get(place) ?? 0) + 1);
  };
  if (record.case === 'control') {
    const { control } = record;
    if (isEvent(control) && offset < next.offset) add(control.value.tenant);
    return;
  }
  const { envelope } = record;
  const end = offset < next.offset ? envelope.count : next.index;
  for (let i = 0; i < end; i++) add(envelope.strings[envelope.tenants[i]!]!);
}

function isEvent(
  control: ControlRecord,
): control is Extract<ControlRecord, { case: 'rejected' | 'void' | 'correct' }> {
  switch (control.case) {
    case 'rejected':
      return true;
    case 'void':
      return control.value.by !== undefined;
    case 'correct':
      // What a command corrects keeps its id.
      return idAt(columnsOfOne(control.value.replacement), 0) !== control.value.eventId;
    default:
      return false;
  }
}

async function appliedTo(tx: Transaction): Promise<Map<number, { offset: bigint; index: number }>> {
  const rows = await tx.query<{ partition: number; next_offset: string; next_index: number }>(
    'select partition, next_offset, next_index from rating.partition_offsets',
  );
  return new Map(
    rows.map((row) => [row.partition, { offset: BigInt(row.next_offset), index: row.next_index }]),
  );
}

async function countedEvents(tx: Transaction): Promise<Map<string, number>> {
  const rows = await tx.query<{ tenant: string; partition: number; events: string }>(
    `select tenant, partition, sum(events) as events from rating.event_counts group by tenant, partition`,
  );
  return new Map(
    rows.map(({ tenant, partition, events }) => [`${tenant}/${partition}`, Number(events)]),
  );
}
