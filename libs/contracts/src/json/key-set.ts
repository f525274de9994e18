/** A name as it stands between its quotes. */
export interface KeyBounds {
  readonly start: number;
  readonly end: number;
  readonly escaped: boolean;
}

/** Objects with more names than this are checked through a hash table instead of one by one. */
const LINEAR_MAX = 24;
/** Hash, start and end of a name. */
const ENTRY = 3;

/**
 * The names of the objects that are open, one object a depth, to find those that come twice. It compares hashes of
 * bytes and decodes only when they agree, or when a name is escaped: `"a"` and `"\u0061"` are the same name.
 */
export class KeySet {
  private readonly counts: Int32Array;
  private readonly entries: Int32Array;
  private readonly escaped: Uint8Array;
  private readonly starts: Int32Array;
  private readonly ends: Int32Array;
  private readonly tables: Array<Set<string> | undefined>;

  constructor(
    private readonly bytes: Buffer,
    depthMax: number,
  ) {
    this.counts = new Int32Array(depthMax + 1);
    this.entries = new Int32Array((depthMax + 1) * LINEAR_MAX * ENTRY);
    this.escaped = new Uint8Array(depthMax + 1);
    this.starts = new Int32Array(depthMax + 1);
    this.ends = new Int32Array(depthMax + 1);
    this.tables = Array.from({ length: depthMax + 1 }, () => undefined);
  }

  /** A new object at this depth. */
  open(depth: number): void {
    this.counts[depth] = 0;
    this.tables[depth] = undefined;
  }

  /** The next name of the object. Answers what is wrong with it. */
  add(depth: number, key: KeyBounds): 'duplicate_key' | 'forbidden_key' | undefined {
    this.starts[depth] = key.start;
    this.ends[depth] = key.end;
    this.escaped[depth] = key.escaped ? 1 : 0;
    const count = this.counts[depth]!;
    const known = this.tables[depth] ?? (count === LINEAR_MAX ? this.tableOf(depth) : undefined);
    if (known) return this.addToTable(depth, known);
    if (key.escaped) {
      // Its bytes say nothing of the names that it equals.
      return this.addToTable(depth, this.tableOf(depth));
    }
    const hash = this.hashOf(key);
    const base = depth * LINEAR_MAX * ENTRY;
    for (let at = base; at < base + count * ENTRY; at += ENTRY) {
      if (this.entries[at] === hash && this.equals(key, at)) return 'duplicate_key';
    }
    const at = base + count * ENTRY;
    this.entries[at] = hash;
    this.entries[at + 1] = key.start;
    this.entries[at + 2] = key.end;
    this.counts[depth] = count + 1;
    return key.end - key.start === 9 && this.current(depth) === '__proto__'
      ? 'forbidden_key'
      : undefined;
  }

  /** The last name added at this depth, decoded. */
  current(depth: number): string {
    const start = this.starts[depth]!;
    const end = this.ends[depth]!;
    return this.escaped[depth] === 1
      ? (JSON.parse(this.bytes.toString('utf8', start - 1, end + 1)) as string)
      : this.bytes.toString('utf8', start, end);
  }

  /** Whether the last name added at this depth is `data`. */
  isData(depth: number): boolean {
    if (this.escaped[depth] === 1) return this.current(depth) === 'data';
    const { bytes } = this;
    const start = this.starts[depth]!;
    return (
      this.ends[depth]! - start === 4 &&
      bytes[start] === 0x64 &&
      bytes[start + 1] === 0x61 &&
      bytes[start + 2] === 0x74 &&
      bytes[start + 3] === 0x61
    );
  }

  private tableOf(depth: number): Set<string> {
    const table = new Set<string>();
    const base = depth * LINEAR_MAX * ENTRY;
    for (let at = base; at < base + this.counts[depth]! * ENTRY; at += ENTRY) {
      table.add(this.bytes.toString('utf8', this.entries[at + 1]!, this.entries[at + 2]!));
    }
    this.tables[depth] = table;
    return table;
  }

  private addToTable(
    depth: number,
    table: Set<string>,
  ): 'duplicate_key' | 'forbidden_key' | undefined {
    const name = this.current(depth);
    if (table.has(name)) return 'duplicate_key';
    table.add(name);
    return name === '__proto__' ? 'forbidden_key' : undefined;
  }

  private hashOf({ start, end }: KeyBounds): number {
    let hash = end - start;
    for (let at = start; at < end; at++) hash = (Math.imul(hash, 31) + this.bytes[at]!) | 0;
    return hash;
  }

  private equals(key: KeyBounds, entry: number): boolean {
    return (
      this.bytes.compare(
        this.bytes,
        this.entries[entry + 1]!,
        this.entries[entry + 2]!,
        key.start,
        key.end,
      ) === 0
    );
  }
}
