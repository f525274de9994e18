import { expect, it } from 'vitest';
import { tallyOf } from '../run/tally.js';

const test = (status: string) => ({ status });
const file = (status: string, ...tests: string[]) => ({
  status,
  assertionResults: tests.map(test),
});

it.each([
  ['sums files', [file('passed', 'passed', 'passed'), file('failed', 'passed', 'failed')], 1, 3, 1],
  ['a hook that failed', [file('failed', 'pending', 'pending')], 1, 0, 1],
  ['an import that failed', [file('failed'), file('passed', 'passed')], 1, 1, 1],
  ['an error outside every test', [file('passed', 'passed')], 1, 1, 1],
  ['killed', [], null, 0, 1],
  ['nothing to run', [], 0, 0, 0],
] as const)('%s', (_name, testResults, code, passed, failed) => {
  expect(tallyOf({ testResults }, code)).toEqual({ passed, failed });
});

it('takes a run without a report for a failure', () => {
  expect(tallyOf(undefined, 1)).toEqual({ passed: 0, failed: 1 });
});
