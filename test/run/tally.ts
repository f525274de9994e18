export interface Tally {
  readonly passed: number;
  readonly failed: number;
}

/** Of Vitest's JSON report, what the tally needs. */
export interface VitestReport {
  readonly testResults: ReadonlyArray<{
    readonly status: string;
    readonly assertionResults: ReadonlyArray<{ readonly status: string }>;
  }>;
}

/**
 * What a project's run came to. A file that failed before or around its tests, in a hook or an import, is a failure
 * of its own; and so is a run that ended badly without saying why.
 */
export function tallyOf(report: VitestReport | undefined, exitCode: number | null): Tally {
  let passed = 0;
  let failed = 0;
  for (const { status, assertionResults } of report?.testResults ?? []) {
    const count = (wanted: string) =>
      assertionResults.filter((test) => test.status === wanted).length;
    passed += count('passed');
    failed += count('failed') || (status === 'failed' ? 1 : 0);
  }
  if (failed === 0 && exitCode !== 0) failed = 1;
  return { passed, failed };
}
