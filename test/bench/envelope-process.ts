import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

/**
 * Microseconds of CPU an event to encode and decode an envelope of 500 events. In a process of its own: in the
 * benchmark's, collecting the rows and events that it keeps would be measured, too.
 */
export async function envelopeMicrosPerEvent(): Promise<number> {
  const program = fileURLToPath(new URL('envelope-cost.js', import.meta.url));
  const { stdout } = await promisify(execFile)(process.execPath, [program]);
  return Number(stdout);
}
