/** Whether a value was seen in an accumulator, in memory: as it is, and as the transaction has stored it. */
export interface SeenSlot extends SeenName {
  current: boolean;
  saved: boolean;
  /** Whether it is among the effects that are being collected. */
  touched: boolean;
}

/** A value in one of the accumulators of a period. */
export interface SeenName {
  readonly price: string;
  /** '' for a price without cells. */
  readonly cell: string;
  /** See `valueDigest`. */
  readonly digest: string;
}

/** As many of one period stay in memory. */
const REMEMBERED_MAX = 1_000;

/** Which values were seen in one period of a customer, as far as it was asked for. */
export class SeenValues {
  /** Made when first asked for: most periods count no values. */
  #slots: Map<string, SeenSlot> | undefined;

  constructor(
    /** Whether there are no others: of a period that nobody had opened, nothing was stored. */
    private isComplete: boolean,
  ) {}

  has(name: SeenName): boolean {
    return this.isComplete || this.#slots?.has(keyOf(name)) === true;
  }

  add({ price, cell, digest }: SeenName, seen: boolean): SeenSlot {
    const slot = { price, cell, digest, current: seen, saved: seen, touched: false };
    (this.#slots ??= new Map()).set(keyOf(slot), slot);
    return slot;
  }

  slot(name: SeenName): SeenSlot {
    const slot = this.#slots?.get(keyOf(name));
    if (slot) return slot;
    if (!this.isComplete) throw new Error('a value is looked for before it is loaded');
    return this.add(name, false);
  }

  /** Forgets all when they are many. Only when everything is stored. */
  makeRoom(): void {
    if (!this.#slots || this.#slots.size <= REMEMBERED_MAX) return;
    this.#slots = undefined;
    this.isComplete = false;
  }
}

/** Digests have one length, and no price key has a space. */
function keyOf({ price, cell, digest }: SeenName): string {
  return `${digest}${price} ${cell}`;
}
