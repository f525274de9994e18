import { text } from 'node:stream/consumers';
import { replayReport, type ReplayReport } from './replay-report.js';
import { runProgram } from './run-program.js';

export type ReplayRun =
  | { readonly outcome: 'compared'; readonly report: ReplayReport }
  /** It said why on stderr. */
  | { readonly outcome: 'failed'; readonly exitCode: number };

const PROGRAM = { file: 'replay-main.js', variable: 'FARTHING_REPLAY_PROGRAM' } as const;

export async function runReplay(variables: Readonly<Record<string, string>>): Promise<ReplayRun> {
  const run = await runProgram(PROGRAM, variables, text);
  if (run.outcome === 'failed') return run;
  return { outcome: 'compared', report: replayReport.parse(JSON.parse(run.result)) };
}
