import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { EXIT } from '../terminal/exit-codes.js';
import { replayReport, type ReplayReport } from './replay-report.js';

export type ReplayRun =
  | { readonly outcome: 'compared'; readonly report: ReplayReport }
  /** It said why on stderr. */
  | { readonly outcome: 'failed'; readonly exitCode: number };

/** Rating's own program, which alone may rate: of this repository, or what FARTHING_REPLAY_PROGRAM names. */
function replayProgram(): string {
  const beside = new URL('../../../../services/rating/dist/replay-main.js', import.meta.url);
  return process.env.FARTHING_REPLAY_PROGRAM ?? fileURLToPath(beside);
}

/** Runs it with this process's environment and `variables`; its progress goes to stderr. */
export async function runReplay(variables: Readonly<Record<string, string>>): Promise<ReplayRun> {
  const child = spawn(process.execPath, [replayProgram()], {
    env: { ...process.env, ...variables },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  // It drops its database before it ends; who interrupts this process means both.
  const stop = () => child.kill('SIGTERM');
  process.once('exit', stop);
  const [output, [exitCode]] = await Promise.all([
    text(child.stdout),
    once(child, 'close') as Promise<[number | null]>,
  ]);
  process.removeListener('exit', stop);
  if (exitCode !== 0) return { outcome: 'failed', exitCode: exitCode ?? EXIT.failed };
  return { outcome: 'compared', report: replayReport.parse(JSON.parse(output)) };
}
