import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

/**
 * The figure that a program beside this one prints. In a process of its own: in the benchmark's, collecting the rows and
 * events that it keeps would be measured, too.
 */
export async function measuredAlone(
  program: 'envelope-cost' | 'quote-token-cost',
): Promise<number> {
  const path = fileURLToPath(new URL(`${program}.js`, import.meta.url));
  const { stdout } = await promisify(execFile)(process.execPath, [path]);
  return Number(stdout);
}
