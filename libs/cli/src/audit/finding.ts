/** What one invariant came to. */
export interface Finding {
  /** Its number in ARCHITECTURE.md. */
  readonly invariant: number;
  readonly sentence: string;
  /** Empty when it holds. */
  readonly violations: ReadonlyArray<Record<string, unknown>>;
}
