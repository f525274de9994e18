import { serviceNames } from '../service-names.js';
import {
  type RunningProcess,
  isAlive,
  signalProcess,
  stopProcess,
} from '../servers/child-process.js';
import { stopKafka } from '../servers/kafka-process.js';
import { stopPostgres } from '../servers/postgres-process.js';
import type { StackFolder } from './stack-folder.js';
import { type StackState, readState, writeState } from './state-file.js';

const drainTimeoutMs = 20_000;

export type StopOptions = {
  /** Only processes with these pids; by default all that the folder's state names. */
  readonly only?: ReadonlySet<number>;
  /** Told one line for each part that is stopped. */
  readonly report?: (line: string) => void;
};

/**
 * Stops the processes of a folder's state, doors first and servers last, and takes them out of it.
 */
export async function stopState(folder: StackFolder, options: StopOptions = {}): Promise<void> {
  const { kafka, postgres, frontDoor, services, ...rest } = readState(folder.state);
  const chosen = <T extends RunningProcess>(
    name: string,
    running: T | undefined,
  ): T | undefined => {
    if (!running || (options.only && !options.only.has(running.pid))) return undefined;
    if (isAlive(running)) options.report?.(`${name.padEnd(11)} stopping`);
    return running;
  };
  const chosenServices = serviceNames.filter((name) => chosen(name, services[name]));
  await Promise.all([
    stopProgram(chosen('front door', frontDoor)),
    ...chosenServices.map((name) => stopProgram(services[name])),
  ]);
  const chosenKafka = chosen('kafka', kafka);
  const chosenPostgres = chosen('postgres', postgres);
  await Promise.all([
    chosenKafka && stopKafka(chosenKafka),
    chosenPostgres && stopPostgres(chosenPostgres),
  ]);
  writeState(folder.state, { ...rest, ...living({ kafka, postgres, frontDoor, services }) });
}

type Processes = Pick<StackState, 'kafka' | 'postgres' | 'frontDoor' | 'services'>;

function living({ kafka, postgres, frontDoor, services }: Processes): Processes {
  const kept = serviceNames.map((name) => [name, ifAlive(services[name])]);
  return {
    kafka: ifAlive(kafka),
    postgres: ifAlive(postgres),
    frontDoor: ifAlive(frontDoor),
    services: Object.fromEntries(kept) as StackState['services'],
  };
}

function ifAlive<T extends RunningProcess>(running: T | undefined): T | undefined {
  return running && isAlive(running) ? running : undefined;
}

/** Lets a service or the front door finish what it does; after a while it is killed. */
export async function stopProgram(running: RunningProcess | undefined): Promise<void> {
  if (!running) return;
  const stopping = stopProcess(running, { signal: 'SIGTERM', timeoutMs: drainTimeoutMs });
  // A frozen process would not hear SIGTERM.
  signalProcess(running, 'SIGCONT');
  await stopping;
}
