import { ByteSink } from './byte-sink.js';
import type { Dictionary } from './dictionary.js';

const FIRST_BYTES = 1_024;
const VARINT_BYTES = 10;

/** A packed column of small numbers, encoded as they come. */
export class UintColumn {
  readonly sink = new ByteSink(FIRST_BYTES);

  push(value: number): void {
    this.sink.reserve(VARINT_BYTES);
    this.sink.varint(value);
  }
}

/** A packed column of sint64 values. */
export class SintColumn {
  readonly sink = new ByteSink(FIRST_BYTES);

  push(value: bigint): void {
    this.sink.reserve(VARINT_BYTES);
    this.sink.sint(value);
  }
}

/** A packed column of sfixed64 values; safe integers. */
export class Fixed64Column {
  readonly sink = new ByteSink(FIRST_BYTES);

  push(value: number): void {
    this.sink.reserve(8);
    this.sink.fixed64(value);
  }
}

/** Byte pieces that follow one another in one bytes field. */
export class BytesColumn {
  readonly sink = new ByteSink(FIRST_BYTES);

  push(bytes: Uint8Array): void {
    this.sink.reserve(bytes.length);
    this.sink.copy(bytes);
  }
}

/** ASCII texts that follow one another in one bytes field. */
export class AsciiColumn {
  readonly sink = new ByteSink(FIRST_BYTES);

  push(text: string): void {
    this.sink.reserve(text.length);
    this.sink.latin1(text);
  }
}

/** A column of dictionary indexes. What one row says the next often says, too, and is then not looked up. */
export class TextColumn {
  readonly sink = new ByteSink(FIRST_BYTES);
  #lastText = '';
  #lastIndex = 0;

  constructor(private readonly dictionary: Dictionary) {}

  push(text: string): void {
    if (text !== this.#lastText) {
      this.#lastText = text;
      this.#lastIndex = this.dictionary.indexOf(text);
    }
    this.sink.reserve(VARINT_BYTES);
    this.sink.varint(this.#lastIndex);
  }

  /** After the dictionary was truncated. */
  forget(): void {
    this.#lastText = '';
    this.#lastIndex = 0;
  }
}
