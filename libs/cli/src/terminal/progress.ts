const EVERY_MS = 200;

/** A line on stderr that is written over, and only where a person looks at it. */
export class Progress {
  #writtenAtMs = 0;
  readonly #shown: boolean;

  constructor(private readonly stream: NodeJS.WriteStream = process.stderr) {
    this.#shown = stream.isTTY;
  }

  show(text: string): void {
    if (!this.#shown || Date.now() - this.#writtenAtMs < EVERY_MS) return;
    this.#writtenAtMs = Date.now();
    this.stream.write(`\r\u001B[2K${text}`);
  }

  done(): void {
    if (this.#shown) this.stream.write('\r\u001B[2K');
  }
}
