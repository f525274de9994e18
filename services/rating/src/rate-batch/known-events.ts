import { HASH_BYTES, KEY_BYTES, type ChunkEvents } from './chunk-events.js';

/** A key that the inbox says is taken, and the body hash of the event that took it. */
export interface TakenKey {
  readonly key: Buffer;
  readonly hash: Buffer;
}

/**
 * The keys that are known to be taken while a transaction is worked out: those that the inbox was asked for, and
 * those of the chunk's events applied so far. A hash table over the keys' bytes, as the keys are hashes themselves.
 */
export class KnownEvents {
  #slots: Int32Array;
  /** Ordinals of the chunk's events; beyond them, -1 - the place among the taken. */
  readonly #entries: number[] = [];
  readonly #taken: TakenKey[] = [];

  constructor(private readonly events: ChunkEvents) {
    this.#slots = emptySlots(events.count);
  }

  get length(): number {
    return this.#entries.length;
  }

  /** Whether the key of the event is known, and if so whether its body is the same. */
  find(ordinal: number): 'same' | 'other_body' | undefined {
    const { keys, hashes } = this.events;
    const entry = this.#entryOf(keys, ordinal * KEY_BYTES);
    if (entry === undefined) return undefined;
    const at = ordinal * HASH_BYTES;
    const known = entry < 0 ? this.#taken[-1 - entry]!.hash : hashes;
    const knownAt = entry < 0 ? 0 : entry * HASH_BYTES;
    const order = hashes.compare(known, knownAt, knownAt + HASH_BYTES, at, at + HASH_BYTES);
    return order === 0 ? 'same' : 'other_body';
  }

  /** The event takes its key, which is not known. */
  add(ordinal: number): void {
    this.#append(ordinal);
  }

  /** Answers whether it is new. */
  learn(taken: TakenKey): boolean {
    if (this.#entryOf(taken.key, 0) !== undefined) return false;
    this.#append(-this.#taken.push(taken));
    return true;
  }

  /** Forgets all but the first ones. */
  truncate(length: number): void {
    if (length === this.#entries.length) return;
    this.#entries.length = length;
    this.#rebuild(this.#slots.length / 4);
  }

  #append(entry: number): void {
    this.#entries.push(entry);
    if (this.#entries.length * 2 > this.#slots.length) this.#rebuild(this.#entries.length * 2);
    else this.#place(this.#entries.length - 1);
  }

  #entryOf(keys: Buffer, at: number): number | undefined {
    const slots = this.#slots;
    const mask = slots.length - 1;
    for (let slot = slotOf(keys, at) & mask; ; slot = (slot + 1) & mask) {
      const found = slots[slot]!;
      if (found === -1) return undefined;
      const entry = this.#entries[found]!;
      if (this.#hasKey(entry, keys, at)) return entry;
    }
  }

  #hasKey(entry: number, keys: Buffer, at: number): boolean {
    return entry < 0
      ? isSameKey(this.#taken[-1 - entry]!.key, 0, keys, at)
      : isSameKey(this.events.keys, entry * KEY_BYTES, keys, at);
  }

  #rebuild(events: number): void {
    this.#slots = emptySlots(events);
    for (let at = 0; at < this.#entries.length; at++) this.#place(at);
  }

  #place(at: number): void {
    const entry = this.#entries[at]!;
    const slots = this.#slots;
    const mask = slots.length - 1;
    const slot =
      entry < 0
        ? slotOf(this.#taken[-1 - entry]!.key, 0)
        : slotOf(this.events.keys, entry * KEY_BYTES);
    let free = slot & mask;
    while (slots[free] !== -1) free = (free + 1) & mask;
    slots[free] = at;
  }
}

/** A power of two of at least twice the events. */
function emptySlots(events: number): Int32Array {
  return new Int32Array(2 ** Math.ceil(Math.log2(Math.max(64, events * 2)))).fill(-1);
}

function slotOf(keys: Buffer, at: number): number {
  return keys[at]! | (keys[at + 1]! << 8) | (keys[at + 2]! << 16);
}

function isSameKey(a: Buffer, aAt: number, b: Buffer, bAt: number): boolean {
  for (let i = 0; i < KEY_BYTES; i++) {
    if (a[aAt + i] !== b[bAt + i]) return false;
  }
  return true;
}
