/** What is wrong with a value whose end can still be found, so that its neighbours can be read. */
export interface JsonFault {
  readonly code: 'too_deep' | 'duplicate_key' | 'forbidden_key' | 'lone_surrogate' | 'nul_in_text';
  /** JSON pointer (RFC 6901) from the value's own root. */
  readonly pointer: string;
}

/** Where one value lies in the bytes, and what the scanner saw in it. Bounds are half-open. */
export interface ScannedValue {
  readonly start: number;
  readonly end: number;
  /** The bytes of the member `data` of an object; both -1 when there is none. */
  readonly dataStart: number;
  readonly dataEnd: number;
  /** The first one. */
  readonly fault: JsonFault | undefined;
  /** Pointers to numbers that a double turns into an integer which the text did not say, such as 1e-400. */
  readonly inexactNumbers: readonly string[];
}
