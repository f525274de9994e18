import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';

/**
 * What tells a process from a later one with the same pid: when it started, as the system states
 * it. `undefined` when no such process lives; one that ended and was not yet reaped counts as
 * ended.
 */
export function processToken(pid: number): string | undefined {
  return process.platform === 'linux' ? linuxToken(pid) : portableToken(pid);
}

function linuxToken(pid: number): string | undefined {
  let stat: string;
  try {
    stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  } catch {
    return undefined;
  }
  return tokenFromStat(stat);
}

/**
 * Of `/proc/<pid>/stat` (proc(5)): field 3 is the state, field 22 the start in clock ticks since
 * boot.
 */
export function tokenFromStat(stat: string): string | undefined {
  // The command in brackets may itself hold spaces and brackets, so fields count from the last one.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  const ended = fields[0] === 'Z' || fields[0] === 'X';
  return ended ? undefined : fields[19];
}

function portableToken(pid: number): string | undefined {
  const answer = spawnSync('ps', ['-o', 'lstart=', '-p', String(pid)], { encoding: 'utf8' });
  return answer.stdout?.trim() || undefined;
}
