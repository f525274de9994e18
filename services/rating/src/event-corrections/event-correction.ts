import type {
  Correct,
  Void,
} from '@farthing/contracts/generated/farthing/usage/v1/usage_record_pb';
import type { EnvelopeColumns } from '@farthing/contracts/wire/envelope-columns';
import { idAt } from '@farthing/contracts/wire/envelope-columns';
import { eventKey } from '@farthing/contracts/wire/event-identity';
import { columnsOfOne } from '@farthing/contracts/wire/single-event';

/** What a `Void` or a `Correct` says. */
export interface EventCorrection {
  readonly commandId: string;
  readonly tenant: string;
  readonly customer: string;
  readonly source: string;
  /** Of the event that is voided or corrected. */
  readonly eventId: string;
  readonly key: Buffer;
  readonly reason: string;
  /** The event by which it was asked for; undefined when a command did. */
  readonly own: EnvelopeColumns | undefined;
  /** What stands in the event's place; undefined for a void. */
  readonly replacement: EnvelopeColumns | undefined;
}

/** The control records that take back what an event came to. */
export type EventCorrectionRecord =
  | { readonly case: 'void'; readonly value: Void }
  | { readonly case: 'correct'; readonly value: Correct };

/** Throws `WireError` for an envelope that is missing or does not hold one event. */
export function correctionFromRecord(record: EventCorrectionRecord): EventCorrection {
  const { commandId, tenant, customer, source, eventId, reason } = record.value;
  const key = eventKey(tenant, source, eventId);
  const named = { commandId, tenant, customer, source, eventId, key, reason };
  if (record.case === 'void') {
    const { by } = record.value;
    return { ...named, own: by && columnsOfOne(by), replacement: undefined };
  }
  const replacement = columnsOfOne(record.value.replacement);
  const isOwnEvent = idAt(replacement, 0) !== eventId;
  return { ...named, own: isOwnEvent ? replacement : undefined, replacement };
}

/** The one command that voids an event. */
export function voidCommand(key: Buffer): string {
  return `void:${key.toString('hex')}`;
}

/** Commands that correct an event are numbered from 1. */
export function correctCommand(key: Buffer, number: number): string {
  return `correct:${key.toString('hex')}:${number}`;
}

export function isVoid(commandId: string): boolean {
  return commandId.startsWith('void:');
}
