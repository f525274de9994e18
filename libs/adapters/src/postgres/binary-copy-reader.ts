// The header of `BinaryCopyWriter`: signature, flags, length of the header's extension.
const HEADER_BYTES = 19;
const BASE = 10_000;
const NANO = 1_000_000_000;
const NANO_BIGINT = 1_000_000_000n;
const TWO_32 = 4_294_967_296;
/** Whole numbers below it are safe integers also in units of 10^-9. */
const SAFE_WHOLE = Math.floor(Number.MAX_SAFE_INTEGER / NANO);
const SAFE_GROUPS = 3;

/**
 * Decodes what `copy … to stdout (format binary)` sends, chunk by chunk and row by row, without an object for any of
 * them: `push` a chunk, and while `next` answers true ask for the row's columns by their number.
 */
export class BinaryCopyReader {
  private buffer: Buffer = Buffer.alloc(0);
  private view: DataView = new DataView(new ArrayBuffer(0));
  private at = 0;
  private started = false;
  /** Where the fields of the row begin, and how long they are; −1 for null. */
  private readonly starts: Int32Array;
  private readonly lengths: Int32Array;

  constructor(private readonly columns: number) {
    this.starts = new Int32Array(columns);
    this.lengths = new Int32Array(columns);
  }

  push(chunk: Buffer): void {
    const rest = this.buffer.subarray(this.at);
    this.buffer = rest.length === 0 ? chunk : Buffer.concat([rest, chunk]);
    this.view = new DataView(this.buffer.buffer, this.buffer.byteOffset, this.buffer.length);
    this.at = 0;
    if (this.started || this.buffer.length < HEADER_BYTES) return;
    this.at = HEADER_BYTES + this.view.getInt32(HEADER_BYTES - 4);
    this.started = true;
  }

  /** Goes to the next row; false when the rest of it has not come yet, or there is none. */
  next(): boolean {
    if (!this.started || this.at + 2 > this.buffer.length) return false;
    const fields = this.view.getInt16(this.at);
    if (fields === -1) return false;
    if (fields !== this.columns) throw new Error(`a row of ${fields} columns, not ${this.columns}`);
    let at = this.at + 2;
    const end = this.buffer.length;
    for (let field = 0; field < fields; field += 1) {
      if (at + 4 > end) return false;
      const length = this.view.getInt32(at);
      at += 4;
      this.starts[field] = at;
      this.lengths[field] = length;
      if (length > 0) at += length;
    }
    if (at > end) return false;
    this.at = at;
    return true;
  }

  isNull(column: number): boolean {
    return this.lengths[column] === -1;
  }

  bool(column: number): boolean {
    return this.buffer[this.starts[column]!] === 1;
  }

  int2(column: number): number {
    return this.view.getInt16(this.starts[column]!);
  }

  int4(column: number): number {
    return this.view.getInt32(this.starts[column]!);
  }

  int8(column: number): bigint {
    return this.view.getBigInt64(this.starts[column]!);
  }

  /** An int8 that is a safe integer, such as an instant in microseconds. */
  safeInt8(column: number): number {
    const at = this.starts[column]!;
    return this.view.getInt32(at) * TWO_32 + this.view.getUint32(at + 4);
  }

  /** ASCII. */
  ascii(column: number): string {
    const from = this.starts[column]!;
    return this.buffer.toString('latin1', from, from + this.lengths[column]!);
  }

  /** A finite numeric of at most nine decimals, in units of 10^-9. */
  nanos(column: number): bigint {
    const { view } = this;
    const at = this.starts[column]!;
    const groups = view.getInt16(at);
    // Of the first group; a group is four decimal digits.
    const weight = view.getInt16(at + 2);
    if (view.getUint16(at + 4) !== 0 || weight >= SAFE_GROUPS) return this.largeNanos(column);
    let whole = 0;
    let fraction = 0;
    let group = 0;
    for (; group <= weight; group += 1) {
      whole = whole * BASE + (group < groups ? view.getInt16(at + 8 + group * 2) : 0);
    }
    // Twelve decimals, of which the last three are zeros.
    for (let unit = 100_000_000, place = -1; place >= -3; place -= 1, unit /= BASE) {
      const of = weight - place;
      if (of >= 0 && of < groups) fraction += view.getInt16(at + 8 + of * 2) * unit;
    }
    const nanos = fraction / 1_000;
    return whole < SAFE_WHOLE
      ? BigInt(whole * NANO + nanos)
      : BigInt(whole) * NANO_BIGINT + BigInt(nanos);
  }

  private largeNanos(column: number): bigint {
    const { view } = this;
    const at = this.starts[column]!;
    const groups = view.getInt16(at);
    const weight = view.getInt16(at + 2);
    const sign = view.getUint16(at + 4);
    if (sign !== 0 && sign !== 0x4000) throw new Error('a numeric that is not finite');
    let digits = 0n;
    for (let group = 0; group < groups; group += 1) {
      digits = digits * 10_000n + BigInt(view.getInt16(at + 8 + group * 2));
    }
    // The last group counts 10^(4 × place).
    const place = weight - groups + 1;
    const nanos =
      place >= -2
        ? (digits * NANO_BIGINT * 10_000n ** BigInt(Math.max(place, 0))) /
          10_000n ** BigInt(Math.max(-place, 0))
        : digits / 1_000n;
    return sign === 0 ? nanos : -nanos;
  }
}
