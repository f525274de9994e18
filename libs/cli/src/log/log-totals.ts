/** What the log alone says that a tenant's events come to. */
export class LogTotals {
  /** Events in the log, duplicates included. */
  events = 0;
  duplicates = 0;
  charges = 0;
  /** Sum of the charges per currency, in nano-units. */
  readonly sums = new Map<string, bigint>();

  /** A charge. */
  add(currency: string, amount: bigint): void {
    this.charges += 1;
    this.sums.set(currency, (this.sums.get(currency) ?? 0n) + amount);
  }
}
