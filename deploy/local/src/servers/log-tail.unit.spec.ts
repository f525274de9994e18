import { appendFileSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { logTail, startLine } from './log-tail.js';

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'farthing-log-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

it('shows the end of the last start, however long the log is', () => {
  const file = join(folder, 'a.log');
  expect(logTail(file)).toBe('');
  appendFileSync(file, `${startLine()}${'of the first start\n'.repeat(5_000)}`);
  expect(logTail(file, 2)).toBe('of the first start\nof the first start');
  appendFileSync(file, `${startLine()}one\ntwo\nthree\n`);
  expect(logTail(file)).toBe('one\ntwo\nthree');
  expect(logTail(file, 2)).toBe('two\nthree');
  appendFileSync(file, startLine());
  expect(logTail(file)).toBe('');
});
