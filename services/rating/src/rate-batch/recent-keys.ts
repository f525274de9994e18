const SLOTS = 1 << 17;

/**
 * A guess at the keys that this process has lately committed, in half a megabyte whatever happens. It forgets, and
 * it may be wrong either way: a hit only says that the inbox is worth asking before the copy, a miss says nothing.
 */
export class RecentKeys {
  readonly #fingerprints = new Uint32Array(SLOTS);

  add(keys: Buffer, at: number): void {
    this.#fingerprints[slotOf(keys, at)] = fingerprintOf(keys, at);
  }

  has(keys: Buffer, at: number): boolean {
    return this.#fingerprints[slotOf(keys, at)] === fingerprintOf(keys, at);
  }
}

function slotOf(keys: Buffer, at: number): number {
  return keys.readUInt32LE(at) & (SLOTS - 1);
}

/** Never 0, which stands for an empty slot. */
function fingerprintOf(keys: Buffer, at: number): number {
  return (keys.readUInt32LE(at + 4) | 1) >>> 0;
}
