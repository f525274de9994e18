import { ONE, type Quantity } from '../metering/quantity.js';
import type { PriceModelFault } from './price-model-fault.js';
import { checkUnitPrice } from './unit-price.js';
import type { PerUnitPrice } from './per-unit-price.js';

/** Paid once per customer and item, which is then free: for ever, or for a number of days. */
export interface UnlockPrice {
  readonly kind: 'unlock';
  /** Name of the meter's dimension that says which item. */
  readonly item: string;
  /** Decimal string in major units, up to 18 places: of one item. */
  readonly unitPrice: string;
  /** Of 24 hours each, from the instant of the unlock. Absent: for ever. */
  readonly days?: number;
}

export type UnlockOutcome =
  | {
      readonly outcome: 'unlocked' | 'open';
      /** What counts towards the cost: one item when it is unlocked, none while it is open. */
      readonly quantity: Quantity;
      /** Microseconds since the epoch, to be stored for the customer, price key and item. */
      readonly unlockedAt: number;
    }
  | { readonly outcome: 'refused'; readonly reason: 'no_item_on_event' };

const DAY = 86_400_000_000;
const MOST_DAYS = 36_500;

export function checkUnlockPrice(price: UnlockPrice): PriceModelFault[] {
  const { days } = price;
  const faults = checkUnitPrice(price.unitPrice, '/unitPrice');
  if (days !== undefined && (!Number.isInteger(days) || days < 1 || days > MOST_DAYS)) {
    faults.push({ reason: 'days_out_of_range', pointer: '/days' });
  }
  return faults;
}

/** What an unlock costs is a price per item that is unlocked. */
export function unlockedItemPrice({ unitPrice }: UnlockPrice): PerUnitPrice {
  return { kind: 'per_unit', unitPrice };
}

/**
 * One step: `unlockedAt` is when the item was last unlocked, undefined if never. Use that occurred
 * before the unlock and comes after it is open too: nobody pays twice for being late.
 */
export function unlockItem(
  { item, days }: UnlockPrice,
  unlockedAt: number | undefined,
  event: {
    readonly occurredAt: number;
    readonly dimensions: Readonly<Record<string, string>>;
  },
): UnlockOutcome {
  if (!Object.hasOwn(event.dimensions, item)) {
    return { outcome: 'refused', reason: 'no_item_on_event' };
  }
  const open =
    unlockedAt !== undefined && (days === undefined || event.occurredAt < unlockedAt + days * DAY);
  return open
    ? { outcome: 'open', quantity: 0n, unlockedAt }
    : { outcome: 'unlocked', quantity: ONE, unlockedAt: event.occurredAt };
}
