import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { repositoryRoot } from '@farthing/local/repository';
import { accessLogFile } from '../stack/access-log.js';
import { tallyOf, type Tally, type VitestReport } from './tally.js';

const PROJECTS = ['unit', 'int', 'test'];
const VITEST = join(repositoryRoot, 'node_modules/vitest/vitest.mjs');

/** `npm test`; words name files, as for Vitest. Answers the exit code; the last line is `N passed, N failed`. */
export async function testCommand(words: readonly string[]): Promise<number> {
  const folder = await mkdtemp(join(tmpdir(), 'farthing-reports-'));
  let passed = 0;
  let failed = 0;
  const notes: string[] = [];
  try {
    for (const project of PROJECTS) {
      const tally = await runProject(project, join(folder, `${project}.json`), words);
      passed += tally.passed;
      failed += tally.failed;
      notes.push(`${project}: ${tally.passed} passed, ${tally.failed} failed`);
      if (tally.passed + tally.failed === 0 && words.length === 0) {
        failed += 1;
        notes.push(`${project}: ran no test, which counts as a failure`);
      }
    }
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
  if (accessLogFile() === undefined) {
    notes.push('The real access log is absent (FARTHING_ACCESS_LOG): the generated day was used.');
  }
  process.stdout.write(`\n${notes.join('\n')}\n${passed} passed, ${failed} failed\n`);
  return failed === 0 ? 0 : 1;
}

/** One after the other, because `int` and `test` each want the machine's servers for themselves. */
async function runProject(
  project: string,
  report: string,
  words: readonly string[],
): Promise<Tally> {
  const vitest = spawn(
    process.execPath,
    [
      VITEST,
      'run',
      '--project',
      project,
      '--passWithNoTests',
      '--reporter=default',
      '--reporter=json',
      `--outputFile.json=${report}`,
      ...words,
    ],
    {
      cwd: repositoryRoot,
      env: { ...process.env, NO_COLOR: '1' },
      stdio: ['ignore', 'inherit', 'inherit'],
    },
  );
  const [code] = (await once(vitest, 'close')) as [number | null];
  const text = await readFile(report, 'utf8').catch(() => undefined);
  return tallyOf(text === undefined ? undefined : (JSON.parse(text) as VitestReport), code);
}
