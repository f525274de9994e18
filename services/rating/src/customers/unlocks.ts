import type { Micros } from '@farthing/domain/period/micros';

/** When a customer last unlocked an item, in memory: as it is, and as the transaction has stored it. */
export interface UnlockSlot {
  readonly price: string;
  readonly item: string;
  /** Undefined: never. */
  current: Micros | undefined;
  saved: Micros | undefined;
  /** Whether it is among the effects that are being collected. */
  touched: boolean;
}

/** An item under a price key. */
export interface UnlockName {
  readonly price: string;
  readonly item: string;
}

/** As many of one customer stay in memory. */
const REMEMBERED_MAX = 1_000;

/** What one customer has unlocked, as far as it was asked for. */
export class Unlocks {
  #slots = new Map<string, UnlockSlot>();

  constructor(
    /** Whether the customer has no others: of one that nobody had created, nothing was stored. */
    private isComplete: boolean,
  ) {}

  has(name: UnlockName): boolean {
    return this.isComplete || this.#slots.has(keyOf(name));
  }

  add({ price, item }: UnlockName, unlockedAt: Micros | undefined): UnlockSlot {
    const slot = { price, item, current: unlockedAt, saved: unlockedAt, touched: false };
    this.#slots.set(keyOf(slot), slot);
    return slot;
  }

  slot(name: UnlockName): UnlockSlot {
    const slot = this.#slots.get(keyOf(name));
    if (slot) return slot;
    if (!this.isComplete) throw new Error('an unlock is used before it is loaded');
    return this.add(name, undefined);
  }

  /** Forgets all when they are many. Only when everything is stored. */
  makeRoom(): void {
    if (this.#slots.size <= REMEMBERED_MAX) return;
    this.#slots = new Map();
    this.isComplete = false;
  }
}

/** No price key has a space. */
function keyOf({ price, item }: UnlockName): string {
  return `${price} ${item}`;
}
