import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { type RunningProcess, isAlive } from '../servers/child-process.js';
import { processToken } from '../servers/process-token.js';

/**
 * One command at a time changes a folder's stack. Throws when another one is at work; else answers
 * what lets go.
 */
export function lockFolder(file: string): () => void {
  mkdirSync(dirname(file), { recursive: true });
  const mine: RunningProcess = { pid: process.pid, token: processToken(process.pid) ?? '' };
  for (let attempt = 0; attempt < 2; attempt += 1) {
    if (tryWrite(file, JSON.stringify(mine))) return () => rmSync(file, { force: true });
    const holder = readHolder(file);
    if (holder && isAlive(holder)) {
      throw new Error(`process ${holder.pid} is changing this stack; wait for it or end it.`);
    }
    // Its holder was killed before it could let go.
    rmSync(file, { force: true });
  }
  throw new Error(`${file} cannot be taken`);
}

function tryWrite(file: string, text: string): boolean {
  try {
    writeFileSync(file, text, { flag: 'wx', mode: 0o600 });
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  }
}

function readHolder(file: string): RunningProcess | undefined {
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as RunningProcess;
  } catch {
    return undefined;
  }
}
