import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { repositoryRoot } from './repository.js';
import { type ServiceName, serviceNames } from './service-names.js';
import { type RunningProcess, isAlive, launch } from './servers/child-process.js';
import { logTail } from './servers/log-tail.js';
import { waitUntil } from './servers/wait-until.js';
import { fingerprint } from './stack/fingerprint.js';
import type { FingerprintedProcess } from './stack/state-file.js';

const readyTimeoutMs = 90_000;
const probeTimeoutMs = 2_000;

/**
 * Keeps five services small on one machine: a small young generation, an old one that is collected before it has
 * doubled, and one malloc arena for Buffers, which does not fragment as one for each thread does. Measured on the
 * access-log demo: the largest resident set falls from 335 to 218 MB. A limit to the heap
 * (`--max-old-space-size=192`) does as much, but costs rating 8 us of CPU an event, as V8 then collects all the time.
 */
const smallNode = ['--max-semi-space-size=8', '--heap-growing-percent=80'];
const smallMalloc = { MALLOC_ARENA_MAX: '2' };

/** A Node process of this clone: a service, or the front door. */
export type NodeProgram = {
  readonly name: string;
  /** Below the clone's root: the file to run, and what its code is made of. */
  readonly entry: string;
  readonly parts: readonly string[];
  readonly environment: Readonly<Record<string, string>>;
  readonly logFile: string;
  /** Answers 2xx when the program is ready to work. */
  readonly readyUrl: string;
};

export function serviceProgram(
  service: ServiceName,
  rest: Pick<NodeProgram, 'environment' | 'logFile' | 'readyUrl'>,
): NodeProgram {
  const home = `services/${service}`;
  return {
    name: service,
    entry: entryOf(service),
    parts: [`${home}/dist`, `${home}/migrations`],
    ...rest,
  };
}

function entryOf(service: ServiceName): string {
  return `services/${service}/dist/main.js`;
}

export function programFingerprint(program: NodeProgram): string {
  return fingerprint(program.parts, program.environment);
}

export async function startProgram(
  program: NodeProgram,
  endWithParent: boolean,
): Promise<FingerprintedProcess> {
  const started = programFingerprint(program);
  const running = await launch({
    command: process.execPath,
    arguments: [...smallNode, join(repositoryRoot, program.entry)],
    environment: { ...inherited(process.env), ...smallMalloc, ...program.environment },
    workingFolder: repositoryRoot,
    logFile: program.logFile,
    endWithParent: endWithParent ? 'SIGKILL' : undefined,
  });
  return { ...running, fingerprint: started };
}

/** Throws one error that names every service without a build; asked before anything is started. */
export function requireBuilt(): void {
  const missing = serviceNames.filter((name) => !existsSync(join(repositoryRoot, entryOf(name))));
  if (missing.length > 0) {
    throw new Error(
      `not built: ${missing.map(entryOf).join(', ')} do not exist; run \`npm run build\`.`,
    );
  }
}

/**
 * A service's settings come from its stack alone: a FARTHING_ variable of our own shell would reach
 * only some starts.
 */
export function inherited(environment: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  return Object.fromEntries(
    Object.entries(environment).filter(([key]) => !key.startsWith('FARTHING_')),
  );
}

/**
 * Waits until the program says that it is ready; throws with the end of its log when it ends or
 * takes too long.
 */
export async function waitReady(
  program: NodeProgram,
  running: RunningProcess,
  signal?: AbortSignal,
): Promise<void> {
  const ready = await waitUntil(
    () => {
      if (!isAlive(running)) {
        throw new Error(`${program.name} ended while starting:\n${logTail(program.logFile)}`);
      }
      return answersReady(program.readyUrl);
    },
    { timeoutMs: readyTimeoutMs, everyMs: 100, signal },
  );
  if (!ready)
    throw new Error(`${program.name} does not become ready:\n${logTail(program.logFile)}`);
}

export async function answersReady(url: string): Promise<boolean> {
  try {
    const answer = await fetch(url, { signal: AbortSignal.timeout(probeTimeoutMs) });
    await answer.arrayBuffer();
    return answer.ok;
  } catch {
    return false;
  }
}
