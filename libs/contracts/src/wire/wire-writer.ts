import { ByteSink } from './byte-sink.js';

const VARINT = 0;
const LENGTH_DELIMITED = 2;
/** A tag and a length, or a tag and a number. */
const HEADER_BYTES = 20;

/**
 * Writes protobuf fields (encoding: https://protobuf.dev/programming-guides/encoding/) into one growing buffer.
 * As proto3 wants it, a zero scalar and an empty column are left out, so the standard encoder gives the same bytes
 * when fields are written in the order of their numbers.
 */
export class WireWriter {
  readonly #out: ByteSink;

  constructor(capacityBytes = 16_384) {
    this.#out = new ByteSink(capacityBytes);
  }

  /** What was written; the writer may not be used afterwards. */
  finish(): Buffer {
    return this.#out.written();
  }

  uint(field: number, value: number): void {
    if (value === 0) return;
    this.#out.reserve(HEADER_BYTES);
    this.#out.varint(field * 8 + VARINT);
    this.#out.varint(value);
  }

  /** A submessage that is present also when it is empty. */
  message(field: number, encoded: Uint8Array): void {
    this.#header(field, encoded.length);
    this.#out.copy(encoded);
  }

  /** A packed column, or a bytes field, whose values were written one by one. */
  column(field: number, column: ByteSink): void {
    if (column.length > 0) this.message(field, column.written());
  }

  strings(field: number, values: readonly string[]): void {
    for (const value of values) {
      this.#out.reserve(HEADER_BYTES + value.length * 3);
      this.#out.varint(field * 8 + LENGTH_DELIMITED);
      this.#out.text(value);
    }
  }

  /** A packed column of uint32, uint64 or enum values; safe integers, not negative. */
  packedUints(field: number, values: ArrayLike<number>): void {
    const column = new ByteSink(values.length * 10);
    for (let i = 0; i < values.length; i++) column.varint(values[i]!);
    this.column(field, column);
  }

  /** A packed column of sint64 values. */
  packedSints(field: number, values: readonly bigint[]): void {
    const column = new ByteSink(values.length * 10);
    for (let i = 0; i < values.length; i++) column.sint(values[i]!);
    this.column(field, column);
  }

  /** A packed column of sfixed64 values; safe integers. */
  packedFixed64s(field: number, values: ArrayLike<number>): void {
    if (values.length === 0) return;
    this.#header(field, values.length * 8);
    for (let i = 0; i < values.length; i++) this.#out.fixed64(values[i]!);
  }

  #header(field: number, size: number): void {
    this.#out.reserve(HEADER_BYTES + size);
    this.#out.varint(field * 8 + LENGTH_DELIMITED);
    this.#out.varint(size);
  }
}
