/** An event that has taken its key: where it stands, and the hash of its body. */
export interface KnownEvent {
  /** The key is the 16 bytes from `keyAt` on; views of an envelope's columns are not copied. */
  readonly keys: Buffer;
  readonly keyAt: number;
  /** The hash is the 32 bytes from `hashAt` on. */
  readonly hashes: Buffer;
  readonly hashAt: number;
}

/**
 * The keys that are known to be taken while a transaction is worked out: those that the inbox was asked for, and
 * those of the events applied so far. A hash table over the keys' bytes, as the keys are hashes themselves.
 */
export class KnownEvents {
  #slots: Int32Array;
  readonly #entries: KnownEvent[] = [];

  constructor(events: number) {
    this.#slots = emptySlots(events);
  }

  get length(): number {
    return this.#entries.length;
  }

  find(keys: Buffer, at: number): KnownEvent | undefined {
    const slots = this.#slots;
    const mask = slots.length - 1;
    for (let slot = keys.readUInt32LE(at) & mask; ; slot = (slot + 1) & mask) {
      const found = slots[slot]!;
      if (found === -1) return undefined;
      const entry = this.#entries[found]!;
      if (isSameKey(entry.keys, entry.keyAt, keys, at)) return entry;
    }
  }

  add(event: KnownEvent): void {
    this.#entries.push(event);
    if (this.#entries.length * 2 > this.#slots.length) this.#rebuild(this.#entries.length * 2);
    else this.#place(this.#entries.length - 1);
  }

  /** The events from `start` on, in the order in which they were added. */
  since(start: number): readonly KnownEvent[] {
    return this.#entries.slice(start);
  }

  /** Forgets all but the first ones. */
  truncate(length: number): void {
    if (length === this.#entries.length) return;
    this.#entries.length = length;
    this.#rebuild(this.#slots.length / 4);
  }

  #rebuild(events: number): void {
    this.#slots = emptySlots(events);
    for (let at = 0; at < this.#entries.length; at++) this.#place(at);
  }

  #place(entry: number): void {
    const { keys, keyAt } = this.#entries[entry]!;
    const slots = this.#slots;
    const mask = slots.length - 1;
    let slot = keys.readUInt32LE(keyAt) & mask;
    while (slots[slot] !== -1) slot = (slot + 1) & mask;
    slots[slot] = entry;
  }
}

/** A power of two of at least twice the events. */
function emptySlots(events: number): Int32Array {
  return new Int32Array(2 ** Math.ceil(Math.log2(Math.max(64, events * 2)))).fill(-1);
}

function isSameKey(a: Buffer, aAt: number, b: Buffer, bAt: number): boolean {
  for (let i = 0; i < 16; i += 4) {
    if (a.readUInt32LE(aAt + i) !== b.readUInt32LE(bAt + i)) return false;
  }
  return true;
}
