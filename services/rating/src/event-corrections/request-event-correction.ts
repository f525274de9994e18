import { appendToOutbox, type OutboxRef } from '@farthing/adapters/outbox/outbox';
import type { Transaction } from '@farthing/adapters/postgres/transaction';
import { TOPICS } from '@farthing/contracts/topics/topic-names';
import { eventKey } from '@farthing/contracts/wire/event-identity';
import { envelopeOfOne } from '@farthing/contracts/wire/single-event';
import { encodeControlRecord, type ControlRecordInit } from '@farthing/contracts/wire/usage-record';
import { MeterBook } from '@farthing/domain/rating/type-meters';
import type { StoredCharge } from '../adjustments/stored-charges.repository.js';
import {
  insertRequested,
  type RequestedCorrection,
} from '../adjustments/corrections.repository.js';
import {
  findCorrectedEvent,
  type CorrectedEvent,
  type EventRefusal,
  type FindEventOutcome,
} from './corrected-event.js';
import { correctCommand, isVoid, voidCommand } from './event-correction.js';
import { meterReplacement, type MeteringFault, type Replacement } from './meter-replacement.js';

export interface NamedEvent {
  readonly tenant: string;
  readonly source: string;
  readonly id: string;
  readonly reason: string;
}

export type RequestCorrectionOutcome =
  | { readonly outcome: 'requested'; readonly message: OutboxRef }
  | { readonly outcome: 'refused'; readonly reason: EventRefusal | 'correction_pending' }
  | { readonly outcome: 'not_metered'; readonly fault: MeteringFault };

/**
 * Asks for the void of an event: its record goes into the partition that the event came from. What is refused here is
 * refused at once; the record is judged again where it is applied.
 */
export async function requestVoid(
  tx: Transaction,
  asked: NamedEvent,
): Promise<RequestCorrectionOutcome> {
  const { tenant, source, id, reason } = asked;
  const key = eventKey(tenant, source, id);
  const found = await findDecidedEvent(tx, { tenant, key });
  if (found.outcome === 'refused') return found;
  const { event } = found;
  const commandId = voidCommand(key);
  const { customer } = event.charges[0]!;
  const value = { commandId, tenant, customer, source, eventId: id, reason };
  const record = { case: 'void', value } as const;
  return request(tx, event, { tenant, commandId, reason, eventKey: key }, record);
}

/** The same of a correction, whose data is metered as the door would meter it now. */
export async function requestCorrect(
  tx: Transaction,
  meters: MeterBook,
  asked: NamedEvent & { readonly replacement: Replacement },
): Promise<RequestCorrectionOutcome> {
  const { tenant, source, id, reason, replacement } = asked;
  const key = eventKey(tenant, source, id);
  const found = await findDecidedEvent(tx, { tenant, key });
  if (found.outcome === 'refused') return found;
  const { event } = found;
  const { customer, type } = event.charges[0] as StoredCharge;
  const { catalogVersion } = meters;
  const metered = meterReplacement(meters, { tenant, customer, source, id, type }, replacement);
  if (metered.outcome === 'not_metered') return metered;
  const number = event.corrections.filter(({ commandId }) => !isVoid(commandId)).length + 1;
  const commandId = correctCommand(key, number);
  const envelope = envelopeOfOne(metered.event, catalogVersion);
  const value = { commandId, tenant, customer, source, eventId: id, reason, replacement: envelope };
  const record = { case: 'correct', value } as const;
  return request(tx, event, { tenant, commandId, reason, eventKey: key }, record);
}

const PENDING = { outcome: 'refused', reason: 'correction_pending' } as const;

/** One after another: what stands of an event decides what the next comes to. */
async function findDecidedEvent(
  tx: Transaction,
  name: { readonly tenant: string; readonly key: Buffer },
): Promise<FindEventOutcome | typeof PENDING> {
  const found = await findCorrectedEvent(tx, name);
  const isPending =
    found.outcome === 'found' && found.event.corrections.some(({ state }) => state === 'requested');
  return isPending ? PENDING : found;
}

async function request(
  tx: Transaction,
  { position }: CorrectedEvent,
  asked: RequestedCorrection,
  record: ControlRecordInit,
): Promise<RequestCorrectionOutcome> {
  if (!(await insertRequested(tx, asked))) return PENDING;
  const message = await appendToOutbox(tx, {
    topic: TOPICS.usageAccepted,
    partition: position.partition,
    value: encodeControlRecord(record),
  });
  return { outcome: 'requested', message };
}
