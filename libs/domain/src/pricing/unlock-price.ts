import { ONE, parseQuantity, type Quantity } from '../metering/quantity.js';
import { groupDigits } from './group-digits.js';
import type { PerUnitPrice } from './per-unit-price.js';
import type { ModelWords } from './price-in-words.js';
import type { PriceModelFault } from './price-model-fault.js';
import type { PriceRule } from './price-rule.js';
import { checkUnitPrice } from './unit-price.js';

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

export interface UnlockOutcome {
  readonly outcome: 'unlocked' | 'open';
  /** What counts towards the cost: one item when it is unlocked, none while it is open. */
  readonly quantity: Quantity;
  /** Microseconds since the epoch, to be stored for the customer, price key and item. */
  readonly unlockedAt: number;
}

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

/**
 * What is wrong with an unlock in a rule: items are counted one by one, so nothing divides them, and a
 * part of one is not free.
 */
export function checkUnlockRule(
  price: UnlockPrice,
  { transform, freeQuantity }: Omit<PriceRule, 'model'>,
): PriceModelFault[] {
  const faults = checkUnlockPrice(price).map((fault): PriceModelFault => ({
    ...fault,
    pointer: `/model${fault.pointer}`,
  }));
  if (transform !== undefined) {
    faults.push({ reason: 'transform_with_unlock', pointer: '/transform' });
  }
  const free = freeQuantity === undefined ? undefined : parseQuantity(freeQuantity);
  if (free?.outcome === 'parsed' && free.quantity % ONE !== 0n) {
    faults.push({ reason: 'not_a_whole_number', pointer: '/freeQuantity' });
  }
  return faults;
}

export function unlockInWords({ item, unitPrice, days }: UnlockPrice): ModelWords {
  const free =
    days === undefined ? 'from then on' : `for ${groupDigits(String(days))} days of 24 hours`;
  const again = days === undefined ? '' : ' The next use after them is paid again.';
  return {
    free: 'they are unlocked like any other',
    sentences: [
      `The first use of each ${item} costs ${unitPrice} and unlocks it: its use is free ${free}.${again}`,
      'Use that occurred before an unlock and comes after it is free, too. ' +
        `An event that names no ${item} is refused.`,
    ],
  };
}

/** What an unlock costs is a price per item that is unlocked. */
export function unlockedItemPrice({ unitPrice }: UnlockPrice): PerUnitPrice {
  return { kind: 'per_unit', unitPrice };
}

/**
 * One step for an item: `unlockedAt` is when it was last unlocked, undefined if never. Use that
 * occurred before the unlock and comes after it is open too: nobody pays twice for being late.
 */
export function unlockItem(
  { days }: UnlockPrice,
  unlockedAt: number | undefined,
  occurredAt: number,
): UnlockOutcome {
  const open =
    unlockedAt !== undefined && (days === undefined || occurredAt < unlockedAt + days * DAY);
  return open
    ? { outcome: 'open', quantity: 0n, unlockedAt }
    : { outcome: 'unlocked', quantity: ONE, unlockedAt: occurredAt };
}
