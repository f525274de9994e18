import { RememberedSlots, type NamedSlot } from './remembered-slots.js';
import { slotKey } from './slot-key.js';

/** A value in one of the accumulators of a period. */
export interface SeenName {
  readonly price: string;
  /** '' for a price without cells. */
  readonly cell: string;
  /** See `valueDigest`. */
  readonly digest: string;
}

/** Whether a value was seen in an accumulator. */
export type SeenSlot = NamedSlot<SeenName, boolean>;

/** Which values were seen in one period of a customer. */
export class SeenValues extends RememberedSlots<SeenName, boolean> {
  protected readonly absent = false;

  protected groupOf({ price, cell }: SeenName): string {
    return slotKey(price, cell);
  }

  protected memberOf({ digest }: SeenName): string {
    return digest;
  }
}
