import { spawn } from 'node:child_process';
import { closeSync, mkdirSync, openSync, writeSync } from 'node:fs';
import { dirname } from 'node:path';
import { startLine } from './log-tail.js';
import { processToken } from './process-token.js';
import { waitUntil } from './wait-until.js';

/**
 * A process that outlives this one: its pid, and the token that tells it from a later one with that
 * pid.
 */
export type RunningProcess = { readonly pid: number; readonly token: string };

export type Launch = {
  readonly command: string;
  readonly arguments: readonly string[];
  readonly environment: NodeJS.ProcessEnv;
  readonly logFile: string;
  readonly workingFolder?: string | undefined;
  readonly user?: { readonly uid: number; readonly gid: number } | undefined;
  /**
   * Given: the process is ended by this signal when this one exits, however that happens but by
   * SIGKILL.
   */
  readonly endWithParent?: NodeJS.Signals | undefined;
};

/**
 * Starts a process in a session of its own, so that Ctrl-C on our terminal does not reach it, its
 * output in a file.
 */
export async function launch(what: Launch): Promise<RunningProcess> {
  mkdirSync(dirname(what.logFile), { recursive: true });
  const log = openSync(what.logFile, 'a');
  writeSync(log, startLine());
  try {
    const child = spawn(what.command, what.arguments, {
      cwd: what.workingFolder,
      env: what.environment,
      stdio: ['ignore', log, log],
      detached: true,
      ...what.user,
    });
    await new Promise<void>((resolve, reject) => {
      child.once('spawn', resolve);
      child.once('error', reject);
    });
    child.unref();
    const running = { pid: child.pid!, token: processToken(child.pid!) ?? '' };
    if (what.endWithParent) endWithParent(running, what.endWithParent);
    return running;
  } finally {
    closeSync(log);
  }
}

export function isAlive({ pid, token }: RunningProcess): boolean {
  return processToken(pid) === token;
}

/** Signals the process unless it has ended; another process with its pid is left alone. */
export function signalProcess(running: RunningProcess, signal: NodeJS.Signals): boolean {
  if (!isAlive(running)) return false;
  try {
    return process.kill(running.pid, signal);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ESRCH') return false;
    throw error;
  }
}

/** Signals it and waits for its end; SIGKILL when the time is up. */
export async function stopProcess(
  running: RunningProcess,
  { signal, timeoutMs }: { readonly signal: NodeJS.Signals; readonly timeoutMs: number },
): Promise<void> {
  if (!signalProcess(running, signal)) return;
  if (await waitUntil(() => !isAlive(running), { timeoutMs })) return;
  signalProcess(running, 'SIGKILL');
  if (!(await waitUntil(() => !isAlive(running), { timeoutMs: 10_000 }))) {
    throw new Error(`process ${running.pid} outlives SIGKILL`);
  }
}

const bound = new Map<number, { running: RunningProcess; signal: NodeJS.Signals }>();

function endWithParent(running: RunningProcess, signal: NodeJS.Signals): void {
  if (bound.size === 0) process.once('exit', endBound);
  bound.set(running.pid, { running, signal });
}

function endBound(): void {
  for (const { running, signal } of bound.values()) {
    signalProcess(running, signal);
    // A stopped process keeps other signals waiting.
    signalProcess(running, 'SIGCONT');
  }
}
