// "PGCOPY\n\xff\r\n\0", no flags, no header extension: PostgreSQL documentation, COPY, "Binary Format".
const HEADER = Buffer.from('5047434f50590aff0d0a000000000000000000', 'hex');
const MICROS_TO_2000 = 946_684_800_000_000;
const TWO_32 = 4_294_967_296;
const SHORT_TEXT = 48;
const SAFE = BigInt(Number.MAX_SAFE_INTEGER);
/** By scale. */
const UNITS = Array.from({ length: 10 }, (_, scale) => ({
  number: 10 ** scale,
  bigint: 10n ** BigInt(scale),
}));

/**
 * Encodes rows for `copy … from stdin (format binary)`. Per row call `row(columns)` and then one method per
 * column, in the order of the column list; the types must be the columns' own, as binary COPY converts nothing.
 * `finish` answers the whole stream and makes the writer ready for the next one.
 */
export class BinaryCopyWriter {
  private buffer: Buffer;
  /** Of the same bytes: the compiler knows its writes, but calls a Buffer's. */
  private view: DataView;
  private at = 0;
  private rowCount = 0;

  constructor(initialBytes = 64 * 1024) {
    this.buffer = Buffer.allocUnsafeSlow(Math.max(initialBytes, 64));
    this.view = viewOf(this.buffer);
    this.start();
  }

  get rows(): number {
    return this.rowCount;
  }

  row(columns: number): this {
    this.rowCount += 1;
    this.reserve(2);
    this.put16(columns);
    return this;
  }

  null(): this {
    this.reserve(4);
    this.put32(-1);
    return this;
  }

  bool(value: boolean): this {
    this.field(1);
    this.buffer[this.at++] = value ? 1 : 0;
    return this;
  }

  int2(value: number): this {
    if ((value << 16) >> 16 !== value) throw new RangeError(`${value} is no int2`);
    this.field(2);
    this.put16(value);
    return this;
  }

  int4(value: number): this {
    if ((value | 0) !== value) throw new RangeError(`${value} is no int4`);
    this.field(4);
    this.put32(value);
    return this;
  }

  int8(value: bigint | number): this {
    this.field(8);
    if (typeof value === 'bigint') {
      if (BigInt.asIntN(64, value) !== value) throw new RangeError(`${value} is no int8`);
      this.view.setBigInt64(this.at, value);
      this.at += 8;
    } else this.writeSafeInteger(value);
    return this;
  }

  /** Also for `varchar` and `json`. Must hold no NUL and no lone surrogate: PostgreSQL has no such text. */
  text(value: string): this {
    this.reserve(4 + value.length * 3);
    const length = this.writeText(value, this.at + 4);
    this.view.setInt32(this.at, length);
    this.at += 4 + length;
    return this;
  }

  /** `value` is the JSON text; the leading 1 is the version of jsonb's wire format. */
  jsonb(value: string): this {
    this.reserve(5 + value.length * 3);
    this.buffer[this.at + 4] = 1;
    const length = this.writeText(value, this.at + 5);
    this.view.setInt32(this.at, length + 1);
    this.at += 5 + length;
    return this;
  }

  bytea(value: Uint8Array): this {
    this.field(value.length);
    this.buffer.set(value, this.at);
    this.at += value.length;
    return this;
  }

  /** A stretch of another buffer, for `bytea` and `uuid`: without the view that `subarray` would make. */
  bytes(source: Uint8Array, from: number, to: number): this {
    this.field(to - from);
    for (let i = from; i < to; i += 1) this.buffer[this.at++] = source[i]!;
    return this;
  }

  /** 16 bytes, or the usual text with or without dashes. */
  uuid(value: Uint8Array | string): this {
    if (typeof value !== 'string') return this.bytea(value);
    return this.bytea(Buffer.from(value.replaceAll('-', ''), 'hex'));
  }

  /** Microseconds since 1970, a safe integer. */
  timestamptz(micros: number): this {
    this.field(8);
    this.writeSafeInteger(micros - MICROS_TO_2000);
    return this;
  }

  /** The number `scaled` × 10^-`scale`, shown with `scale` decimals, at most nine. */
  numeric(scaled: bigint, scale: number): this {
    const unit = UNITS[scale]!;
    if (scaled >= 0n && scaled <= SAFE) {
      const small = Number(scaled);
      const whole = Math.floor(small / unit.number);
      return this.smallNumeric(whole, small - whole * unit.number, scale);
    }
    const whole = scaled / unit.bigint;
    if (scaled > 0n && whole <= SAFE) {
      return this.smallNumeric(Number(whole), Number(scaled - whole * unit.bigint), scale);
    }
    return this.largeNumeric(scaled, scale);
  }

  private largeNumeric(scaled: bigint, scale: number): this {
    // Groups of four decimal digits must not straddle the decimal point.
    const padding = (4 - (scale % 4)) % 4;
    let rest = (scaled < 0n ? -scaled : scaled) * 10n ** BigInt(padding);
    const groups: number[] = [];
    while (rest > 0n) {
      groups.push(Number(rest % 10_000n));
      rest /= 10_000n;
    }
    this.field(8 + groups.length * 2);
    this.put16(groups.length);
    this.put16(groups.length - 1 - (scale + padding) / 4);
    this.put16(scaled < 0n ? 0x4000 : 0);
    this.put16(scale);
    for (let i = groups.length - 1; i >= 0; i -= 1) this.put16(groups[i]!);
    return this;
  }

  /** Not negative, in safe integers: at a third of the price of the bigints. */
  private smallNumeric(whole: number, fraction: number, scale: number): this {
    // PostgreSQL drops groups of zeros at the end, so they need not be sent.
    const fractionGroups = fraction === 0 ? 0 : Math.ceil(scale / 4);
    let wholeGroups = 0;
    for (let rest = whole; rest >= 1; rest /= 10_000) wholeGroups += 1;
    const groups = wholeGroups + fractionGroups;
    this.field(8 + groups * 2);
    this.put16(groups);
    this.put16(groups === 0 ? 0 : wholeGroups - 1);
    this.put16(0);
    this.put16(scale);
    const end = this.at + groups * 2;
    const point = this.at + wholeGroups * 2;
    if (fraction > 0) this.groupsBefore(end, point, fraction * 10 ** (fractionGroups * 4 - scale));
    this.groupsBefore(point, this.at, whole);
    this.at = end;
    return this;
  }

  /** Digits in groups of four, from the last to the first. */
  private groupsBefore(end: number, start: number, digits: number): void {
    let rest = digits;
    for (let at = end - 2; at >= start; at -= 2) {
      const higher = Math.floor(rest / 10_000);
      this.view.setInt16(at, rest - higher * 10_000);
      rest = higher;
    }
  }

  textArray(values: readonly string[]): this {
    const lengthAt = this.arrayHeader(values.length, 25);
    for (const value of values) this.text(value);
    this.view.setInt32(lengthAt, this.at - lengthAt - 4);
    return this;
  }

  int8Array(values: readonly (bigint | number)[]): this {
    const lengthAt = this.arrayHeader(values.length, 20);
    for (const value of values) this.int8(value);
    this.view.setInt32(lengthAt, this.at - lengthAt - 4);
    return this;
  }

  int4Array(values: readonly number[]): this {
    const lengthAt = this.arrayHeader(values.length, 23);
    for (const value of values) this.int4(value);
    this.view.setInt32(lengthAt, this.at - lengthAt - 4);
    return this;
  }

  /** A copy, so the writer can be used again at once. */
  finish(): Buffer {
    this.reserve(2);
    this.put16(-1);
    const stream = Buffer.from(this.buffer.subarray(0, this.at));
    this.start();
    return stream;
  }

  private start(): void {
    HEADER.copy(this.buffer);
    this.at = HEADER.length;
    this.rowCount = 0;
  }

  private field(length: number): void {
    this.reserve(4 + length);
    this.put32(length);
  }

  /** Dimensions, no NULLs, element type; then the one dimension: its length and lower bound. */
  private arrayHeader(length: number, elementType: number): number {
    const lengthAt = this.at;
    const dimensions = length === 0 ? 0 : 1;
    this.reserve(24);
    this.at += 4;
    this.put32(dimensions);
    this.put32(0);
    this.put32(elementType);
    if (dimensions > 0) {
      this.put32(length);
      this.put32(1);
    }
    return lengthAt;
  }

  /** Short ASCII is written by hand: the call into the runtime costs more than the bytes. */
  private writeText(value: string, at: number): number {
    const { length } = value;
    if (length > SHORT_TEXT) return this.buffer.write(value, at, 'utf8');
    for (let i = 0; i < length; i += 1) {
      const code = value.charCodeAt(i);
      if (code > 0x7f) return this.buffer.write(value, at, 'utf8');
      this.buffer[at + i] = code;
    }
    return length;
  }

  private put16(value: number): void {
    this.view.setInt16(this.at, value);
    this.at += 2;
  }

  private put32(value: number): void {
    this.view.setInt32(this.at, value);
    this.at += 4;
  }

  private writeSafeInteger(value: number): void {
    const high = Math.floor(value / TWO_32);
    this.view.setInt32(this.at, high);
    this.view.setUint32(this.at + 4, value - high * TWO_32);
    this.at += 8;
  }

  private reserve(bytes: number): void {
    if (this.at + bytes <= this.buffer.length) return;
    const grown = Buffer.allocUnsafeSlow(Math.max(this.buffer.length * 2, this.at + bytes));
    this.buffer.copy(grown, 0, 0, this.at);
    this.buffer = grown;
    this.view = viewOf(grown);
  }
}

function viewOf({ buffer, byteOffset, length }: Buffer): DataView {
  return new DataView(buffer, byteOffset, length);
}
