/** Collects the strings that repeat in a message. Index 0 is always '' and means "absent". */
export class Dictionary {
  readonly strings: string[] = [''];
  /** At most this many bytes of the message, with their tags and lengths. */
  bytesMax = 2;
  readonly #indexes = new Map<string, number>([['', 0]]);

  indexOf(text: string): number {
    const known = this.#indexes.get(text);
    if (known !== undefined) return known;
    const index = this.strings.length;
    this.strings.push(text);
    this.#indexes.set(text, index);
    this.bytesMax += text.length * 3 + 6;
    return index;
  }
}
