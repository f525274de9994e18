import { lockFolder } from '../stack/folder-lock.js';
import { optionsFromEnvironment } from '../stack/options-from-environment.js';
import { defaultStackFolder, emptyStackFolder, stackFolder } from '../stack/stack-folder.js';
import { readState } from '../stack/state-file.js';
import { stopState } from '../stack/stop-stack.js';
import { startStack } from '../stack.js';
import { type StackVerb, stackArguments, stackUsage } from './stack-arguments.js';
import { stackStatus } from './stack-status.js';

/** Tried first, so that a stack has the same base URL every time on most machines. */
export const preferredFrontDoorPort = 4310;

const exitFailed = 1;
const exitUsage = 2;
const exitInterrupted = 130;

const folder = stackFolder(defaultStackFolder);

/** `npm run stack`; answers the exit code. */
export async function stackCommand(words: readonly string[]): Promise<number> {
  // `npm run stack up | head -1`: who stops reading our lines does not end the start.
  process.stdout.on('error', () => undefined);
  const parsed = stackArguments(words);
  if (parsed.outcome === 'help') {
    print(stackUsage);
    return 0;
  }
  if (parsed.outcome === 'refused') {
    process.stderr.write(`${parsed.reason}${parsed.word && `: ${parsed.word}`}\n\n${stackUsage}`);
    return exitUsage;
  }
  try {
    return await verbs[parsed.verb](parsed.json);
  } catch (error) {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
    return exitFailed;
  }
}

const verbs: Readonly<Record<StackVerb, (json: boolean) => Promise<number>>> = {
  up,
  status,
  down,
  reset,
};

async function up(): Promise<number> {
  const interrupt = new AbortController();
  const onSignal = (): void => interrupt.abort(new Error('interrupted'));
  process.once('SIGINT', onSignal);
  process.once('SIGTERM', onSignal);
  try {
    await startStack({
      ...optionsFromEnvironment(process.env),
      folder: folder.path,
      frontDoorPort: preferredFrontDoorPort,
      signal: interrupt.signal,
      report: print,
    });
  } catch (error) {
    if (!interrupt.signal.aborted) throw error;
    print('interrupted: what this command had started is stopped');
    return exitInterrupted;
  }
  return 0;
}

async function status(json: boolean): Promise<number> {
  const parts = await stackStatus(folder);
  if (json) {
    print(JSON.stringify(parts));
  } else {
    for (const { name, status: found, pid, address } of parts) {
      const where = pid === undefined ? '' : `${address?.padEnd(22) ?? ''} pid ${pid}`;
      print(`${name.padEnd(11)} ${found.padEnd(9)} ${where}`.trimEnd());
    }
  }
  return parts.every((part) => part.status === 'up') ? 0 : exitFailed;
}

async function down(): Promise<number> {
  const unlock = lockFolder(folder.lock);
  try {
    await stopState(folder, { report: print });
    return 0;
  } finally {
    unlock();
  }
}

async function reset(): Promise<number> {
  const { connection } = readState(folder.state);
  await down();
  emptyStackFolder(folder);
  if (connection && !(connection.ownsKafka && connection.ownsPostgres)) {
    print('topics and schemas on servers of your own are left as they are');
  }
  return 0;
}

function print(text: string): void {
  process.stdout.write(text.endsWith('\n') ? text : `${text}\n`);
}
