import type { Micros } from '@farthing/domain/period/micros';
import { RememberedSlots, type NamedSlot } from './remembered-slots.js';

/** An item under a price key. */
export interface UnlockName {
  readonly price: string;
  readonly item: string;
}

/** When a customer last unlocked an item; undefined: never. */
export type UnlockSlot = NamedSlot<UnlockName, Micros | undefined>;

/** What one customer has unlocked. */
export class Unlocks extends RememberedSlots<UnlockName, Micros | undefined> {
  protected readonly absent = undefined;

  keyOf(name: UnlockName): string {
    return unlockKey(name);
  }
}

/** No price key has a space. */
export function unlockKey({ price, item }: UnlockName): string {
  return `${price} ${item}`;
}
