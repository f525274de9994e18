const TWO_TO_32 = 4_294_967_296;
/** Below it, a zigzag value is still a safe integer. */
const SAFE_ZIGZAG = 2 ** 52;
/** A length below 128 is a varint of one byte. */
const SHORT_TEXT = 64;

/**
 * Bytes that grow, written by the scalar encodings of protobuf (https://protobuf.dev/programming-guides/encoding/).
 * Whoever writes reserves first, at least what is then written.
 */
export class ByteSink {
  length = 0;
  #bytes: Buffer;

  constructor(capacityBytes: number) {
    this.#bytes = Buffer.allocUnsafe(capacityBytes);
  }

  /** A view, true until the next write. */
  written(): Buffer {
    return this.#bytes.subarray(0, this.length);
  }

  reserve(bytes: number): void {
    const needed = this.length + bytes;
    if (needed <= this.#bytes.length) return;
    const grown = Buffer.allocUnsafe(Math.max(needed, this.#bytes.length * 2));
    grown.set(this.#bytes.subarray(0, this.length));
    this.#bytes = grown;
  }

  /** At most ten bytes. */
  varint(value: number): void {
    const bytes = this.#bytes;
    let at = this.length;
    let rest = value;
    if (rest < 128) {
      bytes[at] = rest;
      this.length = at + 1;
      return;
    }
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
    this.length = at;
  }

  /** Of a sint64; at most ten bytes. */
  sint(value: bigint): void {
    const small = Number(value);
    if (small > -SAFE_ZIGZAG && small < SAFE_ZIGZAG) {
      this.varint(small < 0 ? -small * 2 - 1 : small * 2);
      return;
    }
    let rest = value < 0n ? -value * 2n - 1n : value * 2n;
    while (rest > 127n) {
      this.#bytes[this.length++] = Number(rest & 127n) | 128;
      rest >>= 7n;
    }
    this.#bytes[this.length++] = Number(rest);
  }

  /** Eight bytes; a safe integer. */
  fixed64(value: number): void {
    const bytes = this.#bytes;
    const at = this.length;
    const high = Math.floor(value / TWO_TO_32);
    const low = value - high * TWO_TO_32;
    bytes[at] = low;
    bytes[at + 1] = low >>> 8;
    bytes[at + 2] = low >>> 16;
    bytes[at + 3] = low >>> 24;
    bytes[at + 4] = high;
    bytes[at + 5] = high >> 8;
    bytes[at + 6] = high >> 16;
    bytes[at + 7] = high >> 24;
    this.length = at + 8;
  }

  copy(bytes: Uint8Array): void {
    this.#bytes.set(bytes, this.length);
    this.length += bytes.length;
  }

  /** The text and no length; at most so many bytes as it has UTF-16 units. */
  latin1(text: string): void {
    this.length += this.#bytes.write(text, this.length, 'latin1');
  }

  /** The length in bytes, then the text; at most three bytes a UTF-16 unit and ten. */
  text(text: string): void {
    if (this.#shortAscii(text)) return;
    const size = Buffer.byteLength(text, 'utf8');
    this.varint(size);
    this.#bytes.write(text, this.length, size, 'utf8');
    this.length += size;
  }

  /** By hand: the call into the runtime costs more than the bytes. */
  #shortAscii(text: string): boolean {
    const { length } = text;
    if (length > SHORT_TEXT) return false;
    const bytes = this.#bytes;
    const start = this.length + 1;
    for (let i = 0; i < length; i++) {
      const code = text.charCodeAt(i);
      if (code > 127) return false;
      bytes[start + i] = code;
    }
    bytes[start - 1] = length;
    this.length = start + length;
    return true;
  }
}
