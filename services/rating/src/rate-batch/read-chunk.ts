import type { ConsumedRecord } from '@farthing/adapters/kafka/batch-handler';
import { PartitionHalted } from '@farthing/adapters/kafka/kafka-errors';
import type { Envelope } from '@farthing/contracts/generated/farthing/usage/v1/envelope_pb';
import type { Barrier } from '@farthing/contracts/generated/farthing/usage/v1/usage_record_pb';
import {
  decodeUsageRecord,
  type ControlRecord,
  type DecodedUsageRecord,
} from '@farthing/contracts/wire/usage-record';
import { correctionFromRecord } from '../event-corrections/event-correction.js';
import { inboxWeekOf } from './inbox.repository.js';
import { occurredAtOf, type LoggedEnvelope } from './logged-envelope.js';
import { usageMonthOf } from './usage-month.js';

/** The control records that this version applies. */
export type AppliedControl = Extract<
  ControlRecord,
  {
    case:
      | 'customerChanged'
      | 'barrier'
      | 'refund'
      | 'applyReRating'
      | 'void'
      | 'correct'
      | 'rejected';
  }
>;

export interface LoggedControl {
  readonly offset: bigint;
  readonly appendedAt: number;
  readonly control: AppliedControl;
}

/** One that settles minimums is alone in its chunk: passing it may take many transactions. */
export interface LoggedBarrier {
  readonly offset: bigint;
  readonly appendedAt: number;
  readonly barrier: Barrier;
}

/** Records of one kind that follow one another. */
export type Segment =
  | { readonly case: 'events'; readonly envelopes: readonly LoggedEnvelope[] }
  | { readonly case: 'controls'; readonly controls: readonly LoggedControl[] };

/** What one transaction covers. Its bounds depend on timing, so nothing of it has an identity. */
export interface Chunk {
  readonly records: readonly ConsumedRecord[];
  readonly entries: ReadonlyArray<LoggedEnvelope | LoggedControl>;
  /** One that settles minimums: then it is all that the chunk has. */
  readonly barrier: LoggedBarrier | undefined;
  readonly events: number;
  /** The highest that any of it was made with: rating waits for it before it begins. */
  readonly catalogVersion: number;
  /** The arrival week of all of it: the inbox table that takes its keys. */
  readonly week: number;
  readonly usageMonths: ReadonlySet<number>;
}

/**
 * Far below the 50,000 that a transaction may have: what one makes stays in memory until Kafka has it, and a heap of
 * long-lived charges costs more in garbage collection than longer transactions would save.
 */
const CHUNK_EVENTS = 5_000;
const CHUNK_MS = 200;
const CHUNK_RECORDS = 5_000;

/**
 * Decodes records from `start` on until a transaction is full. A record that this version cannot apply ends the
 * chunk before it; where it comes first the partition halts, since to skip it would lose what it says. `settles` answers whether a
 * barrier may have minimums to settle; `reMeter` may have events read in another way than the log says.
 */
export function readChunk(
  records: readonly ConsumedRecord[],
  start: number,
  {
    settles,
    reMeter = (envelope) => envelope,
    clock = () => performance.now(),
  }: {
    readonly settles: (barrier: Barrier) => boolean;
    readonly reMeter?: ((envelope: LoggedEnvelope) => LoggedEnvelope) | undefined;
    readonly clock?: () => number;
  },
): Chunk {
  const startedMs = clock();
  const entries: (LoggedEnvelope | LoggedControl)[] = [];
  const usageMonths = new Set<number>();
  const week = inboxWeekOf(records[start]!.appendedAtMs * 1_000);
  let barrier: LoggedBarrier | undefined;
  let events = 0;
  let adjustments = 0;
  let catalogVersion = 0;
  let at = start;
  for (; at < records.length; at++) {
    const full =
      events + adjustments >= CHUNK_EVENTS ||
      entries.length >= CHUNK_RECORDS ||
      clock() - startedMs > CHUNK_MS;
    const record = records[at]!;
    const appendedAt = record.appendedAtMs * 1_000;
    if ((full && entries.length > 0) || inboxWeekOf(appendedAt) !== week) break;
    const decoded = decodeApplicable(record);
    if (decoded instanceof PartitionHalted) {
      if (entries.length === 0) throw decoded;
      break;
    }
    if (decoded.case === 'control') {
      const { control } = decoded;
      catalogVersion = Math.max(catalogVersion, catalogVersionOf(control));
      if (control.case === 'barrier' && settles(control.value)) {
        if (entries.length > 0) break;
        barrier = { offset: record.offset, appendedAt, barrier: control.value };
        at += 1;
        break;
      }
      entries.push({ offset: record.offset, appendedAt, control });
      if (control.case === 'applyReRating') adjustments += control.value.adjustments.length;
      const own = eventOf(control);
      if (!own) continue;
      // It may take a key, and its charges may lie in another month than those that they correct.
      events += 1;
      usageMonths.add(usageMonthOf(Number(own.occurredAtMicros[0]) || appendedAt));
      continue;
    }
    const { offset } = record;
    const envelope = reMeter({ offset, appendedAt, columns: decoded.envelope });
    entries.push(envelope);
    events += decoded.envelope.count;
    catalogVersion = Math.max(catalogVersion, decoded.envelope.catalogVersion);
    addUsageMonths(usageMonths, envelope);
  }
  const read = records.slice(start, at);
  return {
    records: read,
    entries,
    barrier,
    events,
    catalogVersion,
    week,
    usageMonths,
  };
}

export function* envelopesOf({ entries }: Chunk): Generator<LoggedEnvelope> {
  for (const entry of entries) if ('columns' in entry) yield entry;
}

/** What of a chunk starts at an offset, as runs of one kind. */
export function segmentsFrom(chunk: Chunk, nextOffset: bigint): Segment[] {
  const segments: Array<
    | { case: 'events'; envelopes: LoggedEnvelope[] }
    | { case: 'controls'; controls: LoggedControl[] }
  > = [];
  for (const entry of chunk.entries) {
    if (entry.offset < nextOffset) continue;
    const last = segments.at(-1);
    if ('columns' in entry) {
      if (last?.case === 'events') last.envelopes.push(entry);
      else segments.push({ case: 'events', envelopes: [entry] });
    } else if (last?.case === 'controls') last.controls.push(entry);
    else segments.push({ case: 'controls', controls: [entry] });
  }
  return segments;
}

type Applicable =
  | Extract<DecodedUsageRecord, { case: 'envelope' }>
  | { readonly case: 'control'; readonly control: AppliedControl };

function decodeApplicable({ offset, value }: ConsumedRecord): Applicable | PartitionHalted {
  let decoded: DecodedUsageRecord;
  try {
    decoded = decodeUsageRecord(value ?? Buffer.alloc(0));
    // The event that it carries is a message of its own, which is read when it is applied.
    if (decoded.case === 'control') checkEvent(decoded.control);
  } catch (error) {
    const { message } = error as Error;
    return new PartitionHalted('unknown_message', `offset ${offset}: ${message}`, { cause: error });
  }
  if (decoded.case === 'envelope') return decoded;
  const { control } = decoded;
  switch (control.case) {
    case 'customerChanged':
    case 'barrier':
    case 'refund':
    case 'applyReRating':
    case 'void':
    case 'correct':
    case 'rejected':
      return { case: 'control', control };
    default: {
      const message = `offset ${offset}: this version does not apply a record of the case ${control.case}`;
      return new PartitionHalted('unknown_message', message);
    }
  }
}

/** Throws `WireError` for a record that does not carry the event that it should. */
function checkEvent(control: ControlRecord): void {
  if (control.case === 'void' || control.case === 'correct') correctionFromRecord(control);
}

/** The event that a control record carries. */
function eventOf(control: AppliedControl): Envelope | undefined {
  if (control.case === 'void') return control.value.by;
  return control.case === 'correct' ? control.value.replacement : undefined;
}

function catalogVersionOf(control: AppliedControl): number {
  if ('catalogVersion' in control.value) {
    return Number(control.value.catalogVersion);
  }
  return Number(eventOf(control)?.catalogVersion ?? 0);
}

function addUsageMonths(months: Set<number>, envelope: LoggedEnvelope): void {
  for (let index = 0; index < envelope.columns.count; index++) {
    months.add(usageMonthOf(occurredAtOf(envelope, index)));
  }
}
