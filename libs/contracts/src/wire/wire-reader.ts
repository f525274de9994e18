const TWO_TO_32 = 4_294_967_296;

/** Thrown when bytes are not the protobuf message that they should be. */
export class WireError extends Error {}

/**
 * Reads protobuf fields of one message, one after another:
 * `while (reader.next()) switch (reader.field) { … default: reader.skip(); }`.
 */
export class WireReader {
  /** The number of the field that the last `next()` found. */
  field = 0;
  #wireType = 0;
  #at = 0;
  readonly #bytes: Buffer;

  constructor(bytes: Uint8Array) {
    this.#bytes = Buffer.isBuffer(bytes)
      ? bytes
      : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  next(): boolean {
    if (this.#at >= this.#bytes.length) return false;
    const tag = this.#varint();
    this.field = Math.floor(tag / 8);
    this.#wireType = tag % 8;
    return true;
  }

  skip(): void {
    switch (this.#wireType) {
      case 0:
        this.#bigVarint();
        return;
      case 1:
        this.#at += 8;
        return;
      case 2:
        this.bytes();
        return;
      case 5:
        this.#at += 4;
        return;
      default:
        throw new WireError(`field ${this.field} has the unknown wire type ${this.#wireType}`);
    }
  }

  uint(): number {
    this.#expect(0);
    return this.#varint();
  }

  /** A view of the field's bytes, not a copy. */
  bytes(): Buffer {
    this.#expect(2);
    const length = this.#varint();
    const end = this.#at + length;
    if (end > this.#bytes.length) throw new WireError(`field ${this.field} is cut off`);
    const view = this.#bytes.subarray(this.#at, end);
    this.#at = end;
    return view;
  }

  string(): string {
    return this.bytes().toString('utf8');
  }

  packedUints(): Uint32Array {
    const end = this.#packedEnd();
    const values = new Uint32Array(this.#countVarints(end));
    for (let i = 0; this.#at < end; i++) values[i] = this.#varint();
    return values;
  }

  /** Of uint64 values, which must be safe integers. */
  packedSafeUints(): number[] {
    const end = this.#packedEnd();
    const values: number[] = [];
    while (this.#at < end) values.push(this.#varint());
    return values;
  }

  packedSints(): bigint[] {
    const end = this.#packedEnd();
    const values: bigint[] = [];
    while (this.#at < end) values.push(this.#sint());
    return values;
  }

  packedFixed64s(): Float64Array {
    const end = this.#packedEnd();
    const values = new Float64Array((end - this.#at) / 8);
    for (let i = 0; this.#at < end; i++) {
      const low = this.#bytes.readUInt32LE(this.#at);
      values[i] = this.#bytes.readInt32LE(this.#at + 4) * TWO_TO_32 + low;
      this.#at += 8;
    }
    return values;
  }

  #expect(wireType: number): void {
    if (this.#wireType !== wireType) {
      throw new WireError(`field ${this.field} has wire type ${this.#wireType}, not ${wireType}`);
    }
  }

  #packedEnd(): number {
    this.#expect(2);
    const length = this.#varint();
    const end = this.#at + length;
    if (end > this.#bytes.length) throw new WireError(`field ${this.field} is cut off`);
    return end;
  }

  #countVarints(end: number): number {
    let count = 0;
    for (let at = this.#at; at < end; at++) if (this.#bytes[at]! < 128) count++;
    return count;
  }

  #varint(): number {
    const bytes = this.#bytes;
    let byte = bytes[this.#at++]!;
    if (byte < 128) return byte;
    let value = byte & 127;
    let factor = 128;
    do {
      if (this.#at >= bytes.length) throw new WireError('a number is cut off');
      byte = bytes[this.#at++]!;
      value += (byte & 127) * factor;
      factor *= 128;
    } while (byte > 127);
    if (value > Number.MAX_SAFE_INTEGER) throw new WireError('a number is beyond a safe integer');
    return value;
  }

  #sint(): bigint {
    const start = this.#at;
    let end = start;
    while (this.#bytes[end]! > 127) end++;
    // Seven bytes hold 49 bits, which a double holds exactly.
    if (end - start < 7) {
      const zigzag = this.#varint();
      return BigInt(zigzag % 2 === 0 ? zigzag / 2 : -(zigzag + 1) / 2);
    }
    const zigzag = this.#bigVarint();
    return (zigzag & 1n) === 0n ? zigzag >> 1n : -((zigzag + 1n) >> 1n);
  }

  #bigVarint(): bigint {
    let value = 0n;
    for (let shift = 0n; shift < 70n; shift += 7n) {
      const byte = this.#bytes[this.#at++];
      if (byte === undefined) throw new WireError('a number is cut off');
      value |= BigInt(byte & 127) << shift;
      if (byte < 128) return value;
    }
    throw new WireError('a number is longer than ten bytes');
  }
}
