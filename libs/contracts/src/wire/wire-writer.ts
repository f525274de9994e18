const VARINT = 0;
const FIXED64 = 1;
const LENGTH_DELIMITED = 2;
/** A length below 128 is a varint of one byte. */
const SHORT_TEXT = 64;
const TWO_TO_32 = 4_294_967_296;
/** Below it, a zigzag value is still a safe integer. */
const SAFE_ZIGZAG = 2 ** 52;

/**
 * Writes protobuf fields (encoding: https://protobuf.dev/programming-guides/encoding/) into one growing buffer.
 * As proto3 wants it, a zero scalar and an empty column are left out, so the standard encoder gives the same bytes
 * when fields are written in the order of their numbers.
 */
export class WireWriter {
  #bytes: Buffer;
  #length = 0;

  constructor(capacityBytes = 16_384) {
    this.#bytes = Buffer.allocUnsafe(capacityBytes);
  }

  /** What was written; the writer may not be used afterwards. */
  finish(): Buffer {
    return this.#bytes.subarray(0, this.#length);
  }

  uint(field: number, value: number): void {
    if (value === 0) return;
    this.#reserve(20);
    this.#varint(field * 8 + VARINT);
    this.#varint(value);
  }

  bytes(field: number, value: Uint8Array): void {
    if (value.length === 0) return;
    this.message(field, value);
  }

  /** A submessage that is present also when it is empty. */
  message(field: number, encoded: Uint8Array): void {
    this.#reserve(20 + encoded.length);
    this.#varint(field * 8 + LENGTH_DELIMITED);
    this.#varint(encoded.length);
    this.#bytes.set(encoded, this.#length);
    this.#length += encoded.length;
  }

  /** Byte pieces that follow one another in one bytes field; `totalBytes` is the sum of their lengths. */
  joinedBytes(field: number, pieces: readonly Uint8Array[], totalBytes: number): void {
    if (totalBytes === 0) return;
    this.#reserve(20 + totalBytes);
    this.#varint(field * 8 + LENGTH_DELIMITED);
    this.#varint(totalBytes);
    for (const piece of pieces) {
      this.#bytes.set(piece, this.#length);
      this.#length += piece.length;
    }
  }

  /** A bytes field of ASCII text. */
  asciiBytes(field: number, text: string): void {
    if (text.length === 0) return;
    this.#reserve(20 + text.length);
    this.#varint(field * 8 + LENGTH_DELIMITED);
    this.#varint(text.length);
    this.#bytes.write(text, this.#length, text.length, 'latin1');
    this.#length += text.length;
  }

  strings(field: number, values: readonly string[]): void {
    for (const value of values) {
      const sizeMax = value.length * 3;
      this.#reserve(20 + sizeMax);
      this.#varint(field * 8 + LENGTH_DELIMITED);
      if (this.#shortAscii(value)) continue;
      const size = Buffer.byteLength(value, 'utf8');
      this.#varint(size);
      this.#bytes.write(value, this.#length, size, 'utf8');
      this.#length += size;
    }
  }

  /** A packed column of uint32, uint64 or enum values; safe integers, not negative. */
  packedUints(field: number, values: ArrayLike<number>): void {
    if (values.length === 0) return;
    let size = 0;
    for (let i = 0; i < values.length; i++) size += varintSize(values[i]!);
    this.#packedHeader(field, size);
    for (let i = 0; i < values.length; i++) this.#varint(values[i]!);
  }

  /** A packed column of sint64 values. */
  packedSints(field: number, values: readonly bigint[]): void {
    if (values.length === 0) return;
    const zigzags = new Array<number | bigint>(values.length);
    let size = 0;
    for (let i = 0; i < values.length; i++) {
      const value = values[i]!;
      if (value === 0n) {
        zigzags[i] = 0;
        size += 1;
        continue;
      }
      const zigzag = zigzagOf(value);
      zigzags[i] = zigzag;
      size += typeof zigzag === 'number' ? varintSize(zigzag) : bigVarintSize(zigzag);
    }
    this.#packedHeader(field, size);
    for (const zigzag of zigzags) {
      if (typeof zigzag === 'number') this.#varint(zigzag);
      else this.#bigVarint(zigzag);
    }
  }

  /** A packed column of sfixed64 values; safe integers. */
  packedFixed64s(field: number, values: ArrayLike<number>): void {
    if (values.length === 0) return;
    this.#packedHeader(field, values.length * 8);
    for (let i = 0; i < values.length; i++) this.#fixed64(values[i]!);
  }

  /** A single sfixed64 field; a safe integer. */
  fixed64(field: number, value: number): void {
    if (value === 0) return;
    this.#reserve(20);
    this.#varint(field * 8 + FIXED64);
    this.#fixed64(value);
  }

  #fixed64(value: number): void {
    const high = Math.floor(value / TWO_TO_32);
    this.#bytes.writeUInt32LE(value - high * TWO_TO_32, this.#length);
    this.#bytes.writeInt32LE(high, this.#length + 4);
    this.#length += 8;
  }

  /** Length and text, written by hand: the call into the runtime costs more than the bytes. */
  #shortAscii(value: string): boolean {
    const { length } = value;
    if (length > SHORT_TEXT) return false;
    const start = this.#length + 1;
    for (let i = 0; i < length; i++) {
      const code = value.charCodeAt(i);
      if (code > 127) return false;
      this.#bytes[start + i] = code;
    }
    this.#bytes[this.#length] = length;
    this.#length = start + length;
    return true;
  }

  #packedHeader(field: number, size: number): void {
    this.#reserve(20 + size);
    this.#varint(field * 8 + LENGTH_DELIMITED);
    this.#varint(size);
  }

  #varint(value: number): void {
    const bytes = this.#bytes;
    let rest = value;
    let at = this.#length;
    while (rest >= TWO_TO_32) {
      bytes[at++] = (rest % 128) | 128;
      rest = Math.floor(rest / 128);
    }
    rest >>>= 0;
    while (rest > 127) {
      bytes[at++] = (rest & 127) | 128;
      rest >>>= 7;
    }
    bytes[at++] = rest;
    this.#length = at;
  }

  #bigVarint(value: bigint): void {
    let rest = value;
    while (rest > 127n) {
      this.#bytes[this.#length++] = Number(rest & 127n) | 128;
      rest >>= 7n;
    }
    this.#bytes[this.#length++] = Number(rest);
  }

  #reserve(bytes: number): void {
    const needed = this.#length + bytes;
    if (needed <= this.#bytes.length) return;
    const grown = Buffer.allocUnsafe(Math.max(needed, this.#bytes.length * 2));
    grown.set(this.#bytes.subarray(0, this.#length));
    this.#bytes = grown;
  }
}

function zigzagOf(value: bigint): number | bigint {
  const small = Number(value);
  if (small > -SAFE_ZIGZAG && small < SAFE_ZIGZAG) return small < 0 ? -small * 2 - 1 : small * 2;
  return value < 0n ? -value * 2n - 1n : value * 2n;
}

function varintSize(value: number): number {
  let size = 1;
  for (let rest = value; rest >= 128; rest = Math.floor(rest / 128)) size++;
  return size;
}

function bigVarintSize(value: bigint): number {
  let size = 1;
  for (let rest = value; rest > 127n; rest >>= 7n) size++;
  return size;
}
