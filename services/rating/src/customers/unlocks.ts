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

  protected groupOf({ price }: UnlockName): string {
    return price;
  }

  protected memberOf({ item }: UnlockName): string {
    return item;
  }
}
