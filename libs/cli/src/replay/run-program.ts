import { spawn } from 'node:child_process';
import { once } from 'node:events';
import type { Readable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { EXIT } from '../terminal/exit-codes.js';

export type ProgramRun<Result> =
  | { readonly outcome: 'done'; readonly result: Result }
  /** It said why on stderr. */
  | { readonly outcome: 'failed'; readonly exitCode: number };

/** Rating's own programs, which alone may rate: of this repository, or what a variable names. */
export interface RatingProgram {
  readonly file: 'replay-main.js' | 're-meter-main.js';
  readonly variable: string;
}

/** Runs it with this process's environment and `variables`; its progress goes to stderr, its results to `read`. */
export async function runProgram<Result>(
  { file, variable }: RatingProgram,
  variables: Readonly<Record<string, string>>,
  read: (output: Readable) => Promise<Result>,
): Promise<ProgramRun<Result>> {
  const beside = new URL(`../../../../services/rating/dist/${file}`, import.meta.url);
  const program = process.env[variable] ?? fileURLToPath(beside);
  const child = spawn(process.execPath, [program], {
    env: { ...process.env, ...variables },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  // It drops its database before it ends; who interrupts this process means both.
  const stop = () => child.kill('SIGTERM');
  process.once('exit', stop);
  const [result, [exitCode]] = await Promise.all([
    read(child.stdout).catch((error: unknown) => {
      stop();
      throw error;
    }),
    once(child, 'close') as Promise<[number | null]>,
  ]);
  process.removeListener('exit', stop);
  if (exitCode !== 0) return { outcome: 'failed', exitCode: exitCode ?? EXIT.failed };
  return { outcome: 'done', result };
}
