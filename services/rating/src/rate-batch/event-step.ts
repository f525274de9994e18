import type { LatestMark } from '@farthing/domain/metering/latest-reading';
import type { Quantity } from '@farthing/domain/metering/quantity';
import type { BookedPrice, PricedReading } from '@farthing/domain/rating/price-book';
import type { AccumulatorSlot, Customer, OpenedPeriod } from '../customers/customer.js';
import type { Effects } from './effects.js';
import { latestStep } from './event-latest.js';
import { unlockStep, type UnlockStep } from './event-unlocks.js';
import { seenStep, type SeenStep } from './event-values.js';
import type { LoggedEnvelope } from './logged-envelope.js';

/**
 * What an event adds to an accumulator where its reading alone does not say, and what it leaves to be remembered when it
 * is applied.
 */
export type EventStep =
  | { readonly kind: 'unlock'; readonly quantity: Quantity; readonly unlock: UnlockStep }
  | { readonly kind: 'unique'; readonly quantity: Quantity; readonly seen: SeenStep }
  | {
      readonly kind: 'latest';
      readonly quantity: Quantity;
      readonly mark: LatestMark;
      /** What the event read, whatever it moves. */
      readonly read: Quantity;
    };

/** Undefined for a price and a meter that remember nothing. */
export function eventStep(
  booked: BookedPrice,
  event: {
    readonly customer: Customer;
    readonly envelope: LoggedEnvelope;
    readonly index: number;
    readonly occurredAt: number;
    readonly priced: PricedReading;
    readonly opened: OpenedPeriod | undefined;
  },
): EventStep | 'no_item_on_event' | undefined {
  if (booked.unlock) {
    const unlock = unlockStep(booked.unlock, event);
    return unlock ? { kind: 'unlock', quantity: unlock.quantity, unlock } : 'no_item_on_event';
  }
  const { memory, reading } = event.priced;
  if (!memory) return undefined;
  if (memory.kind === 'latest') {
    return { kind: 'latest', ...latestStep(reading, { ...event, booked }) };
  }
  const seen = seenStep(memory.valuePointer, { ...event, booked });
  return { kind: 'unique', quantity: seen.quantity, seen };
}

/** The event is applied: `slot` is the accumulator that it moved. */
export function takeStep(step: EventStep, slot: AccumulatorSlot, effects: Effects): void {
  switch (step.kind) {
    case 'unlock':
      effects.unlock(step.unlock);
      return;
    case 'unique':
      effects.see(slot, step.seen.name);
      return;
    case 'latest':
      slot.current = { ...slot.current, latest: step.mark };
  }
}
