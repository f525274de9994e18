/** Items that come one by one, the next of which can be seen before it is taken. */
export class LookAhead<Item> {
  #next: Item | undefined;

  private constructor(private readonly items: AsyncIterator<Item>) {}

  static async of<Item>(items: AsyncIterator<Item>): Promise<LookAhead<Item>> {
    const ahead = new LookAhead(items);
    await ahead.take();
    return ahead;
  }

  /** Undefined after the last. */
  get next(): Item | undefined {
    return this.#next;
  }

  async take(): Promise<void> {
    const { done, value } = await this.items.next();
    this.#next = done ? undefined : value;
  }
}
