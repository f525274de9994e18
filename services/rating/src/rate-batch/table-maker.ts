/** Makes tables that are there or not, each once in this process, one at a time. */
export class TableMaker {
  readonly #made = new Map<number, Promise<void>>();
  readonly #done = new Set<number>();

  constructor(private readonly make: (table: number) => Promise<void>) {}

  /** Whether this process knows that it is there. */
  isMade(table: number): boolean {
    return this.#done.has(table);
  }

  ensure(table: number): Promise<void> {
    let made = this.#made.get(table);
    if (!made) {
      made = this.make(table).then(
        () => void this.#done.add(table),
        (error: unknown) => {
          this.#made.delete(table);
          throw error;
        },
      );
      this.#made.set(table, made);
    }
    return made;
  }
}
