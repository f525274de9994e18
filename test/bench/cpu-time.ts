import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { spawnSync } from 'node:child_process';

let ticksPerSecond = 0;

/**
 * CPU seconds, user and system, that a process has used so far, with its threads and the children
 * that have ended; with `children`, also those of the living ones (PostgreSQL's backends). NaN where
 * there is no Linux `/proc`.
 */
export function cpuSeconds(pid: number, { children = false } = {}): number {
  const own = statOf(pid);
  if (!own) return Number.NaN;
  if (!children) return own.seconds;
  let { seconds } = own;
  for (const entry of readdirSync('/proc')) {
    if (!/^\d+$/.test(entry)) continue;
    const stat = statOf(Number(entry));
    if (stat?.parent === pid) seconds += stat.seconds;
  }
  return seconds;
}

/** proc_pid_stat(5): after the name in brackets come state, ppid, …; utime is the 14th field of all. */
function statOf(pid: number): { readonly parent: number; readonly seconds: number } | undefined {
  let text: string;
  try {
    text = readFileSync(`/proc/${pid}/stat`, 'latin1');
  } catch {
    return undefined;
  }
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
  const ticks = [11, 12, 13, 14].reduce((sum, field) => sum + Number(fields[field]), 0);
  return { parent: Number(fields[1]), seconds: ticks / clockTicks() };
}

function clockTicks(): number {
  if (ticksPerSecond === 0) {
    const asked = existsSync('/proc')
      ? spawnSync('getconf', ['CLK_TCK'], { encoding: 'utf8' })
      : undefined;
    ticksPerSecond = Number(asked?.stdout) || 100;
  }
  return ticksPerSecond;
}
