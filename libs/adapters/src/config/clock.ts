/** The one place of a process that reads the time. Everything else takes an instant as an argument. */
export interface Clock {
  /** Microseconds since 1970-01-01T00:00:00Z, a safe integer. */
  nowMicros(): number;
}

/** `offsetMs` moves the clock in tests (`FARTHING_CLOCK_OFFSET_MS`; the configuration refuses it in production). */
export function createClock(options: { readonly offsetMs: number }): Clock {
  return { nowMicros: () => (Date.now() + options.offsetMs) * 1_000 };
}
