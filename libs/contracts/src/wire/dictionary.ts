/** Collects the strings that repeat in a message. Index 0 is always '' and means "absent". */
export class Dictionary {
  readonly strings: string[] = [''];
  /** At most this many bytes of the message, with their tags and lengths. */
  bytesMax = 2;
  readonly #indexes = new Map<string, number>([['', 0]]);

  indexOf(text: string): number {
    const known = this.#indexes.get(text);
    if (known !== undefined) return known;
    this.#indexes.set(text, this.strings.length);
    return this.append(text);
  }

  /** A text that need not be found again, at the price of no look-up. */
  append(text: string): number {
    this.bytesMax += text.length * 3 + 6;
    return this.strings.push(text) - 1;
  }

  /** Forgets all but the first strings. */
  truncate(length: number): void {
    for (const text of this.strings.splice(length)) {
      this.bytesMax -= text.length * 3 + 6;
      if (this.#indexes.get(text)! >= length) this.#indexes.delete(text);
    }
  }
}
