import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { describe, expect, it } from 'vitest';
import { isAlive, signalProcess } from './child-process.js';
import { processToken, tokenFromStat } from './process-token.js';

/** A line of /proc/<pid>/stat with this command, state and start. */
function stat(command: string, state: string, start: string): string {
  const between = Array.from({ length: 18 }, (_, index) => String(index));
  return `4711 (${command}) ${state} ${between.join(' ')} ${start} 999 999`;
}

describe('tokenFromStat', () => {
  it.each([
    ['a running process', stat('java', 'S', '86123'), '86123'],
    ['a command with brackets and spaces', stat('a) Z (b', 'R', '5'), '5'],
    ['a frozen one', stat('node', 'T', '77'), '77'],
    ['one that ended unreaped', stat('node', 'Z', '77'), undefined],
  ])('reads %s', (_name, line, token) => {
    expect(tokenFromStat(line)).toBe(token);
  });
});

describe('a process by pid and token', () => {
  it('is alive while it runs and not after', async () => {
    const child = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)']);
    await once(child, 'spawn');
    const running = { pid: child.pid!, token: processToken(child.pid!)! };
    expect(isAlive(running)).toBe(true);
    signalProcess(running, 'SIGKILL');
    await once(child, 'exit');
    expect(isAlive(running)).toBe(false);
    expect(signalProcess(running, 'SIGKILL')).toBe(false);
  });

  it('is not another process that has its pid by now', () => {
    const other = { pid: process.pid, token: 'of an earlier one' };
    expect(isAlive(other)).toBe(false);
    expect(signalProcess(other, 'SIGKILL')).toBe(false);
  });
});
