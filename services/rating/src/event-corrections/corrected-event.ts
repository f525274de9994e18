import type { Transaction } from '@farthing/adapters/postgres/transaction';
import { ChargeKind } from '@farthing/contracts/generated/farthing/rating/v1/rated_pb';
import { LOG_GENERATION } from '@farthing/contracts/topics/log-generation';
import type { Position } from '@farthing/domain/rating/position';
import { idOfRow } from '../charges/charge-row.js';
import {
  selectCorrections,
  selectEventCorrections,
  type Correction,
} from '../adjustments/corrections.repository.js';
import { refundCommand } from '../adjustments/refund-charge.js';
import {
  selectStoredAt,
  selectStoredCorrecting,
  type StoredCharge,
} from '../adjustments/stored-charges.repository.js';
import { selectApplied } from '../event-fates/event-fates.repository.js';
import { isVoid } from './event-correction.js';
import type { EventOfNumbers } from './kept-readings.repository.js';

/** Why an event is neither voided nor corrected, in the order in which rating looks. */
export type EventRefusal =
  | 'event_not_found'
  | 'event_without_charges'
  | 'event_voided'
  | 'charge_refunded'
  | 'charge_re_rated';

/** An event that can be voided or corrected, and what it came to so far. */
export interface CorrectedEvent {
  readonly position: Position;
  /** Of usage; at least one. */
  readonly charges: readonly StoredCharge[];
  /** Those and what corrected them, refunds left out. */
  readonly moves: readonly StoredCharge[];
  /** All that was asked for, whatever became of it. */
  readonly corrections: readonly Correction[];
}

/** The event by the numbers of its charges. */
export function numbersOf({ position, charges }: CorrectedEvent): EventOfNumbers {
  const { tenant_number: tenantNumber, customer_number: customerNumber } = charges[0]!;
  return { tenantNumber, customerNumber, offset: position.offset, index: position.index };
}

export type FindEventOutcome =
  | { readonly outcome: 'found'; readonly event: CorrectedEvent }
  | { readonly outcome: 'refused'; readonly reason: EventRefusal };

export interface WantedEvent {
  readonly tenant: string;
  readonly key: Buffer;
  /** Of whom it must be, and where; absent where a command is taken. */
  readonly owner?: { readonly customer: string; readonly partition: number };
}

/**
 * The event that took this key. A record may name one of another customer: then there is none for it. Where a command
 * is taken, what is asked for counts as if it were applied: the record behind it would be refused.
 */
export async function findCorrectedEvent(
  tx: Transaction,
  { tenant, key, owner }: WantedEvent,
): Promise<FindEventOutcome> {
  const row = await selectApplied(tx, tenant, key);
  if (!row || (owner && row.partition !== owner.partition)) return refused('event_not_found');
  const { partition } = row;
  const position = {
    generation: row.generation,
    partition,
    offset: BigInt(row.log_offset),
    index: row.event_index,
  };
  const corrections = await selectEventCorrections(tx, tenant, key);
  const applied = corrections.filter(({ state }) => state === 'applied');
  const places = applied.map(({ place }) => ({ generation: LOG_GENERATION, index: 0, ...place! }));
  const moves = await selectStoredAt(tx, tenant, [position, ...places]);
  const charges = moves.filter((charge) => (charge.kind as ChargeKind) === ChargeKind.USAGE);
  if (owner && charges.some(({ customer }) => customer !== owner.customer)) {
    return refused('event_not_found');
  }
  if (charges.length === 0) return refused('event_without_charges');
  const isStanding = ({ state }: Correction) =>
    state === 'applied' || (!owner && state === 'requested');
  if (corrections.some((one) => isVoid(one.commandId) && isStanding(one))) {
    return refused('event_voided');
  }
  const ids = charges.map(idOfRow);
  const refunds = ids.map(refundCommand);
  if ((await selectCorrections(tx, tenant, refunds)).some(isStanding)) {
    return refused('charge_refunded');
  }
  // What it cost by the first version is not what would have to be taken back.
  const known = new Set(moves.map(idOfRow));
  const correcting = await selectStoredCorrecting(tx, tenant, ids);
  if (correcting.some((one) => !known.has(idOfRow(one)))) return refused('charge_re_rated');
  return { outcome: 'found', event: { position, charges, moves, corrections } };
}

function refused(reason: EventRefusal): FindEventOutcome {
  return { outcome: 'refused', reason };
}
