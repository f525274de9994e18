import type { EnvelopeColumns } from '@farthing/contracts/wire/envelope-columns';
import type { Quantity } from '@farthing/domain/metering/quantity';
import type { Micros } from '@farthing/domain/period/micros';
import { unlockItem, type UnlockPrice } from '@farthing/domain/pricing/unlock-price';
import type { PricedReading } from '@farthing/domain/rating/price-book';
import type { Customer } from '../customers/customer.js';
import type { UnlockSlot } from '../customers/unlocks.js';
import type { UnlockOfCustomer } from '../customers/unlocks.repository.js';
import { EnvelopeTerms } from './envelope-terms.js';
import { visitEventsOfTenants } from './event-customers.js';
import { dimensionOf, propertyOf, type LoggedEnvelope } from './logged-envelope.js';
import type { RatingContext } from './rating-context.js';

/** What an unlock price makes of an event, before the event is known to be applied. */
export interface UnlockStep {
  readonly customer: Customer;
  readonly slot: UnlockSlot;
  /** What the slot holds afterwards. */
  readonly unlockedAt: Micros;
  /** What counts towards the cost. */
  readonly quantity: Quantity;
}

/** Undefined when the event names no item. */
export function unlockStep(
  unlock: UnlockPrice,
  event: {
    readonly customer: Customer;
    readonly envelope: LoggedEnvelope;
    readonly index: number;
    readonly occurredAt: Micros;
    readonly priced: PricedReading;
  },
): UnlockStep | undefined {
  const { customer, envelope, index, occurredAt, priced } = event;
  const item = dimensionOf(envelope.columns, index, [priced.dimensions, unlock.item]);
  if (item === undefined) return undefined;
  const slot = customer.unlocks.slot({ price: priced.price, item });
  const { unlockedAt, quantity } = unlockItem(unlock, slot.current, occurredAt);
  return { customer, slot, unlockedAt, quantity };
}

/** What the events of an envelope may unlock, whatever version of a price is in force; one may come several times. */
export function unlocksNamedIn(
  envelope: LoggedEnvelope,
  customers: readonly Customer[],
  context: RatingContext,
): UnlockOfCustomer[] {
  const { columns } = envelope;
  const terms = new EnvelopeTerms(envelope, context);
  const named: UnlockOfCustomer[] = [];
  const isSuch = (tenant: string) => context.view.sellsUnlocks(tenant);
  // Who does not exist yet has unlocked nothing, and its memory knows so.
  visitEventsOfTenants(envelope, customers, isSuch, (index, customer, facts) => {
    const plan = terms.planOf(customer.tenant, facts);
    if (typeof plan === 'string') return;
    for (const { price, meter, pointers } of plan.unlocks) {
      if (!reads(columns, index, meter)) continue;
      for (const pointer of pointers) {
        const item = propertyOf(columns, index, pointer);
        if (item !== undefined) named.push({ customer, price, item });
      }
    }
  });
  return named;
}

function reads(columns: EnvelopeColumns, index: number, meter: string): boolean {
  const end = columns.readingStarts[index + 1]!;
  for (let at = columns.readingStarts[index]!; at < end; at++) {
    if (columns.strings[columns.readingMeters[at]!] === meter) return true;
  }
  return false;
}
