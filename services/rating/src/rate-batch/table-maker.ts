/** Makes tables that are there or not, each once in this process, one at a time. */
export class TableMaker {
  readonly #made = new Map<number, Promise<void>>();

  constructor(private readonly make: (table: number) => Promise<void>) {}

  ensure(table: number): Promise<void> {
    let made = this.#made.get(table);
    if (!made) {
      made = this.make(table).catch((error: unknown) => {
        this.#made.delete(table);
        throw error;
      });
      this.#made.set(table, made);
    }
    return made;
  }
}
