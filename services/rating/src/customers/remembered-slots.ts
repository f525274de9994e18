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
  /** By group and member. Made when first asked for: most owners never have any. */
  #groups: Map<string, Map<string, NamedSlot<Name, Value>>> | undefined;
  #size = 0;

  /** `isComplete` where there are no others: of an owner that is new, nothing was stored. */
  constructor(private isComplete: boolean) {}

  /** With `memberOf` one pair of texts for each name. They are not joined: finding a new text costs more than two old ones. */
  protected abstract groupOf(name: Name): string;

  protected abstract memberOf(name: Name): string;

  /** What a name has of which nothing is stored. */
  protected abstract readonly absent: Value;

  has(name: Name): boolean {
    return this.isComplete || this.#find(name) !== undefined;
  }

  /** A slot for a name that has none, as if nothing were stored. */
  add(name: Name): NamedSlot<Name, Value> {
    const slot = { name, current: this.absent, saved: this.absent, touched: false };
    const groups = (this.#groups ??= new Map());
    const group = this.groupOf(name);
    let members = groups.get(group);
    if (!members) groups.set(group, (members = new Map()));
    members.set(this.memberOf(name), slot);
    this.#size += 1;
    return slot;
  }

  slot(name: Name): NamedSlot<Name, Value> {
    const slot = this.#find(name);
    if (slot) return slot;
    if (!this.isComplete) throw new Error('what a customer remembers is used before it is loaded');
    return this.add(name);
  }

  /** Forgets all when they are many. Only when everything is stored. */
  makeRoom(): void {
    if (this.#size <= REMEMBERED_MAX) return;
    this.#groups = undefined;
    this.#size = 0;
    this.isComplete = false;
  }

  #find(name: Name): NamedSlot<Name, Value> | undefined {
    return this.#groups?.get(this.groupOf(name))?.get(this.memberOf(name));
  }
}

/** A slot that was added for a name of which it is not known yet what is stored. */
export interface SlotToLoad<Name, Value> {
  readonly name: Name;
  readonly slot: Slot<Value>;
}

/**
 * Adds slots for those of the wanted that are not in their owner's memory, for the caller to load. Makes room in each
 * memory first, so everything has to be stored.
 */
export function addMissing<Name, Value, Wanted extends Name>(
  wanted: Iterable<Wanted>,
  memoryOf: (wanted: Wanted) => RememberedSlots<Name, Value>,
): SlotToLoad<Wanted, Value>[] {
  const asked = new Set<RememberedSlots<Name, Value>>();
  const missing: SlotToLoad<Wanted, Value>[] = [];
  for (const name of wanted) {
    const memory = memoryOf(name);
    if (!asked.has(memory)) {
      memory.makeRoom();
      asked.add(memory);
    }
    if (!memory.has(name)) missing.push({ name, slot: memory.add(name) });
  }
  return missing;
}
