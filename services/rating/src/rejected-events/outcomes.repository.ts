import { BinaryCopyWriter } from '@farthing/adapters/postgres/binary-copy';
import type { Transaction } from '@farthing/adapters/postgres/transaction';
import { LOG_GENERATION } from '@farthing/contracts/topics/log-generation';
import type { RefusedEvent, RepeatedEvent } from '../rate-batch/effects.js';

const writer = new BinaryCopyWriter();

export async function copyRepeated(
  tx: Transaction,
  events: readonly RepeatedEvent[],
  partition: number,
): Promise<void> {
  for (const event of events) {
    writer
      .row(7)
      .text(event.tenant)
      .int2(LOG_GENERATION)
      .int2(partition)
      .int8(event.offset)
      .int4(event.index)
      .text(event.outcome);
    if (event.key) writer.uuid(event.key);
    else writer.null();
  }
  await tx.copyIn(
    `copy repeated_events (tenant, generation, partition, log_offset, event_index, outcome, key)
     from stdin (format binary)`,
    writer.finish(),
  );
}

export async function copyRejected(
  tx: Transaction,
  events: readonly RefusedEvent[],
  partition: number,
): Promise<void> {
  for (const event of events) {
    writePosition(event, partition, 13);
    writer.text(event.code).text(event.detail).text(event.pointer);
    writeIdentity(event);
  }
  await tx.copyIn(
    `copy rejected_events (tenant, generation, partition, log_offset, event_index, code, detail, pointer, source,
                           event_id, customer, bytes, appended_at)
     from stdin (format binary)`,
    writer.finish(),
  );
}

/** Bisecting found each of them alone at fault, by its one attempt. */
export async function copyDeadLetters(
  tx: Transaction,
  events: readonly RefusedEvent[],
  partition: number,
): Promise<void> {
  for (const event of events) {
    writePosition(event, partition, 13);
    writer.text(event.code).text(storable(event.detail)).int4(1);
    writeIdentity(event);
  }
  await tx.copyIn(
    `copy dead_letters (tenant, generation, partition, log_offset, event_index, reason, detail, attempts, source,
                        event_id, customer, bytes, appended_at)
     from stdin (format binary)`,
    writer.finish(),
  );
}

function writePosition(event: RefusedEvent, partition: number, columns: number): void {
  writer
    .row(columns)
    .text(storable(event.tenant))
    .int2(LOG_GENERATION)
    .int2(partition)
    .int8(event.offset)
    .int4(event.index);
}

function writeIdentity(event: RefusedEvent): void {
  writer
    .text(storable(event.source))
    .text(storable(event.eventId))
    .text(storable(event.customer))
    .bytea(event.bytes)
    .int8(event.appendedAt);
}

/** These rows take what no other would: PostgreSQL has no NUL in a text. The bytes beside it are as they were. */
function storable(text: string): string {
  return text.includes('\u0000') ? text.replaceAll('\u0000', '\uFFFD') : text;
}
