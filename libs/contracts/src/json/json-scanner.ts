import type { JsonFault, ScannedValue } from './json-fault.js';
import { KeySet } from './key-set.js';
import { saysItsInteger } from './number-text.js';

/** Nesting that an event may have, itself included. */
export const DEPTH_MAX = 32;

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const COMMA = 0x2c;
const COLON = 0x3a;
const MINUS = 0x2d;
const ZERO = 0x30;
const NINE = 0x39;
const OPEN_BRACE = 0x7b;
const CLOSE_BRACE = 0x7d;
const OPEN_BRACKET = 0x5b;
const CLOSE_BRACKET = 0x5d;
const NOT_JSON = -1;

/**
 * Walks JSON (RFC 8259) byte by byte and answers where values begin and end, which `JSON.parse` does not tell.
 * It builds nothing. The bytes must be valid UTF-8. It does not recurse, so nesting cannot exhaust the stack; what is
 * below `DEPTH_MAX` is only followed to its end.
 */
export class JsonScanner {
  position: number;
  private depth = 0;
  /** By depth from 1: the byte that closes the object or array. */
  private closers = new Uint8Array(64);
  /** By depth: the index of the element in hand. */
  private readonly indexes = new Int32Array(DEPTH_MAX + 1);
  /** By depth: the names of the object in hand. */
  private readonly keys: KeySet;
  private dataStart = -1;
  private dataEnd = -1;
  private inData = false;
  private fault: JsonFault | undefined;
  private inexactNumbers: string[] = [];

  constructor(
    private readonly bytes: Buffer,
    start = 0,
    private readonly end = bytes.length,
  ) {
    this.position = start;
    this.keys = new KeySet(bytes, DEPTH_MAX);
  }

  /** The next value, or undefined when there is none that is JSON. Stands behind it afterwards. */
  next(): ScannedValue | undefined {
    this.depth = 0;
    this.dataStart = -1;
    this.dataEnd = -1;
    this.inData = false;
    this.fault = undefined;
    this.inexactNumbers = [];
    this.skipSpace();
    const start = this.position;
    if (!this.walk()) return undefined;
    const { position: end, dataStart, dataEnd, fault, inexactNumbers } = this;
    return { start, end, dataStart, dataEnd, fault, inexactNumbers };
  }

  /** Takes the byte when it is next, after white space. */
  take(byte: number): boolean {
    this.skipSpace();
    if (this.position >= this.end || this.bytes[this.position] !== byte) return false;
    this.position += 1;
    return true;
  }

  /** Whether only white space is left. */
  atEnd(): boolean {
    this.skipSpace();
    return this.position === this.end;
  }

  private skipSpace(): void {
    const { bytes, end } = this;
    let at = this.position;
    while (at < end) {
      const byte = bytes[at]!;
      if (byte > 0x20 || (byte !== 0x20 && byte !== 0x0a && byte !== 0x0d && byte !== 0x09)) break;
      at += 1;
    }
    this.position = at;
  }

  private walk(): boolean {
    for (;;) {
      this.skipSpace();
      if (this.inData && this.dataStart < 0) this.dataStart = this.position;
      const opened = this.beginValue();
      if (opened === NOT_JSON) return false;
      if (opened === 1) continue;
      // A value has ended; so may have what it is in.
      let more = 0;
      while (more === 0) {
        if (this.depth === 0) return true;
        more = this.afterValue();
        if (more === NOT_JSON) return false;
      }
    }
  }

  /** 1 when a value inside the one just opened is next, 0 when the value has ended. */
  private beginValue(): number {
    if (this.position >= this.end) return NOT_JSON;
    const byte = this.bytes[this.position]!;
    if (byte === QUOTE) return this.text();
    if (byte === OPEN_BRACE) {
      this.open(CLOSE_BRACE);
      if (this.take(CLOSE_BRACE)) return this.close();
      return this.key();
    }
    if (byte === OPEN_BRACKET) {
      this.open(CLOSE_BRACKET);
      return this.take(CLOSE_BRACKET) ? this.close() : 1;
    }
    if (byte === MINUS || (byte >= ZERO && byte <= NINE)) return this.number();
    if (byte === 0x74) return this.word('true');
    if (byte === 0x66) return this.word('false');
    return byte === 0x6e ? this.word('null') : NOT_JSON;
  }

  /** 1 when another value is next, 0 when the object or array has ended. */
  private afterValue(): number {
    if (this.depth === 1 && this.inData) {
      this.dataEnd = this.position;
      this.inData = false;
    }
    this.skipSpace();
    if (this.position >= this.end) return NOT_JSON;
    const byte = this.bytes[this.position]!;
    const closer = this.closers[this.depth]!;
    if (byte === closer) {
      this.position += 1;
      return this.close();
    }
    if (byte !== COMMA) return NOT_JSON;
    this.position += 1;
    if (closer === CLOSE_BRACE) return this.key();
    if (this.depth <= DEPTH_MAX) this.indexes[this.depth]! += 1;
    return 1;
  }

  private open(closer: number): void {
    this.position += 1;
    this.depth += 1;
    if (this.depth === this.closers.length) {
      const wider = new Uint8Array(this.closers.length * 2);
      wider.set(this.closers);
      this.closers = wider;
    }
    this.closers[this.depth] = closer;
    if (this.depth > DEPTH_MAX) {
      this.report('too_deep', DEPTH_MAX);
      return;
    }
    this.indexes[this.depth] = 0;
    if (closer === CLOSE_BRACE) this.keys.open(this.depth);
  }

  private close(): number {
    this.depth -= 1;
    return 0;
  }

  /** A name and its colon. */
  private key(): number {
    this.skipSpace();
    if (this.position >= this.end || this.bytes[this.position] !== QUOTE) return NOT_JSON;
    const { depth } = this;
    const start = this.position + 1;
    const escaped = this.scanText(depth - 1);
    if (escaped === NOT_JSON) return NOT_JSON;
    if (depth <= DEPTH_MAX) {
      const seen = this.keys.add(depth, { start, end: this.position - 1, escaped: escaped === 1 });
      if (seen !== undefined) this.report(seen, depth);
      if (depth === 1 && this.keys.isData(1) && this.dataStart < 0) this.inData = true;
    }
    return this.take(COLON) ? 1 : NOT_JSON;
  }

  private text(): number {
    return this.scanText(this.depth) === NOT_JSON ? NOT_JSON : 0;
  }

  /** 1 when the text has escapes, else 0. A fault in it is reported at so many levels of the path. */
  private scanText(levels: number): number {
    const { bytes, end } = this;
    let at = this.position + 1;
    let escaped = 0;
    while (at < end) {
      const byte = bytes[at]!;
      if (byte === QUOTE) {
        this.position = at + 1;
        return escaped;
      }
      if (byte < 0x20) return NOT_JSON;
      if (byte === BACKSLASH) {
        escaped = 1;
        at = this.escape(at, levels);
        if (at === NOT_JSON) return NOT_JSON;
      } else {
        at += 1;
      }
    }
    return NOT_JSON;
  }

  /** The position behind the escape, or behind both halves of a surrogate pair. */
  private escape(at: number, levels: number): number {
    if (at + 1 >= this.end) return NOT_JSON;
    if (this.bytes[at + 1] !== 0x75) return isShortEscape(this.bytes[at + 1]!) ? at + 2 : NOT_JSON;
    const unit = this.unitAt(at);
    if (unit < 0) return NOT_JSON;
    if (unit === 0) this.report('nul_in_text', levels);
    if (unit < 0xd800 || unit > 0xdfff) return at + 6;
    if (unit < 0xdc00) {
      const low = this.unitAt(at + 6);
      if (low >= 0xdc00 && low <= 0xdfff) return at + 12;
    }
    this.report('lone_surrogate', levels);
    return at + 6;
  }

  /** The UTF-16 unit of `\uXXXX` at a position; -1 when there is no such thing. */
  private unitAt(at: number): number {
    const { bytes } = this;
    if (at + 6 > this.end || bytes[at] !== BACKSLASH || bytes[at + 1] !== 0x75) return -1;
    let unit = 0;
    for (let i = at + 2; i < at + 6; i++) {
      const digit = hexDigit(bytes[i]!);
      if (digit < 0) return -1;
      unit = unit * 16 + digit;
    }
    return unit;
  }

  private number(): number {
    const { bytes, position: start } = this;
    let at = start;
    if (bytes[at] === MINUS) at += 1;
    const whole = this.digits(at);
    if (whole === at || (bytes[at] === ZERO && whole > at + 1)) return NOT_JSON;
    at = whole;
    if (at < this.end && bytes[at] === 0x2e) {
      const fraction = this.digits(at + 1);
      if (fraction === at + 1) return NOT_JSON;
      at = fraction;
    }
    if (at < this.end && (bytes[at] === 0x65 || bytes[at] === 0x45)) {
      at += 1;
      if (at < this.end && (bytes[at] === 0x2b || bytes[at] === MINUS)) at += 1;
      const exponent = this.digits(at);
      if (exponent === at) return NOT_JSON;
      at = exponent;
    }
    this.position = at;
    if (at > whole && !saysItsInteger(bytes.toString('latin1', start, at))) {
      this.inexactNumbers.push(this.pointer(Math.min(this.depth, DEPTH_MAX)));
    }
    return 0;
  }

  private digits(from: number): number {
    let at = from;
    while (at < this.end && this.bytes[at]! >= ZERO && this.bytes[at]! <= NINE) at += 1;
    return at;
  }

  private word(word: string): number {
    const until = this.position + word.length;
    if (until > this.end) return NOT_JSON;
    for (let i = 0; i < word.length; i++) {
      if (this.bytes[this.position + i] !== word.charCodeAt(i)) return NOT_JSON;
    }
    this.position = until;
    return 0;
  }

  private report(code: JsonFault['code'], levels: number): void {
    this.fault ??= { code, pointer: this.pointer(Math.min(levels, DEPTH_MAX)) };
  }

  private pointer(levels: number): string {
    let pointer = '';
    for (let depth = 1; depth <= levels; depth++) {
      const token =
        this.closers[depth] === CLOSE_BRACKET
          ? String(this.indexes[depth])
          : this.keys.current(depth).replaceAll('~', '~0').replaceAll('/', '~1');
      pointer += `/${token}`;
    }
    return pointer;
  }
}

function isShortEscape(byte: number): boolean {
  // " \ / b f n r t
  return (
    byte === QUOTE ||
    byte === BACKSLASH ||
    byte === 0x2f ||
    byte === 0x62 ||
    byte === 0x66 ||
    byte === 0x6e ||
    byte === 0x72 ||
    byte === 0x74
  );
}

function hexDigit(byte: number): number {
  if (byte >= ZERO && byte <= NINE) return byte - ZERO;
  const lower = byte | 0x20;
  return lower >= 0x61 && lower <= 0x66 ? lower - 0x61 + 10 : -1;
}
