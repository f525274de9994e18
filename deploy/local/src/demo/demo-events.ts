/** One usage event of a demo, as the line of a file and with what deciding its way needs. */
export interface DemoEvent {
  /** The customer; '' when the event names none. */
  readonly subject: string;
  /** A structured CloudEvent, or what a broken client sends instead. */
  readonly text: string;
}

/** The first instants of the last complete calendar month and of the one after it, UTC. */
export interface DemoMonth {
  /** `YYYY-MM`. */
  readonly name: string;
  readonly from: Date;
  readonly to: Date;
}

export function lastCompleteMonth(now: Date): DemoMonth {
  const to = new Date(Date.UTC(now.getUTCFullYear(), now.getUTCMonth(), 1));
  const from = new Date(Date.UTC(now.getUTCFullYear(), now.getUTCMonth() - 1, 1));
  return { name: from.toISOString().slice(0, 7), from, to };
}
