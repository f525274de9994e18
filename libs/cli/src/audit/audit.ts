/** What one invariant came to. */
export interface Finding {
  readonly invariant: string;
  readonly sentence: string;
  /** How many things were looked at. */
  readonly checked: number;
  readonly violations: ReadonlyArray<Record<string, unknown>>;
}

export async function audit(_: {
  readonly database: string;
  readonly brokers: readonly string[];
  readonly topicPrefix: string;
}): Promise<Finding[]> {
  return [];
}
