/** A value in memory: as it is, and as the transaction has stored it. */
export interface Slot<Value> {
  current: Value;
  saved: Value;
  /** Whether it is among the effects that are being collected. */
  touched: boolean;
}

/** The transaction holds it now: what comes later in it starts from here. */
export function saveSlot<Value>(slot: Slot<Value>): void {
  slot.saved = slot.current;
  slot.touched = false;
}

/** The savepoint was rolled back: the slot goes back with it. */
export function undoSlot<Value>(slot: Slot<Value>): void {
  slot.current = slot.saved;
  slot.touched = false;
}

/** A slot that is looked up by name. */
export interface NamedSlot<Name, Value> extends Slot<Value> {
  readonly name: Name;
}

/** As many of one owner stay in memory. */
const REMEMBERED_MAX = 1_000;

/** What one owner has stored under many names, as far as it was asked for. */
export abstract class RememberedSlots<Name, Value> {
  /** Made when first asked for: most owners never have any. */
  #slots: Map<string, NamedSlot<Name, Value>> | undefined;

  /** `isComplete` where there are no others: of an owner that is new, nothing was stored. */
  constructor(private isComplete: boolean) {}

  /** One text for each name. */
  abstract keyOf(name: Name): string;

  /** What a name has of which nothing is stored. */
  protected abstract readonly absent: Value;

  has(name: Name): boolean {
    return this.isComplete || this.#slots?.has(this.keyOf(name)) === true;
  }

  add(name: Name, value: Value): NamedSlot<Name, Value> {
    const slot = { name, current: value, saved: value, touched: false };
    (this.#slots ??= new Map()).set(this.keyOf(name), slot);
    return slot;
  }

  slot(name: Name): NamedSlot<Name, Value> {
    const slot = this.#slots?.get(this.keyOf(name));
    if (slot) return slot;
    if (!this.isComplete) throw new Error('what a customer remembers is used before it is loaded');
    return this.add(name, this.absent);
  }

  /** Forgets all when they are many. Only when everything is stored. */
  makeRoom(): void {
    if (!this.#slots || this.#slots.size <= REMEMBERED_MAX) return;
    this.#slots = undefined;
    this.isComplete = false;
  }
}

/**
 * Those of the wanted that are not in their owner's memory, each once. Makes room in each memory first, so everything
 * has to be stored.
 */
export function missingOf<Name, Value, Wanted extends Name>(
  wanted: Iterable<Wanted>,
  memoryOf: (wanted: Wanted) => RememberedSlots<Name, Value>,
): Wanted[] {
  const asked = new Map<RememberedSlots<Name, Value>, Set<string>>();
  const missing: Wanted[] = [];
  for (const name of wanted) {
    const memory = memoryOf(name);
    let keys = asked.get(memory);
    if (!keys) {
      memory.makeRoom();
      asked.set(memory, (keys = new Set()));
    }
    const key = memory.keyOf(name);
    if (keys.has(key) || memory.has(name)) continue;
    keys.add(key);
    missing.push(name);
  }
  return missing;
}
