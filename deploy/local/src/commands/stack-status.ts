import { answersReady } from '../services.js';
import { isAlive } from '../servers/child-process.js';
import { kafkaAnswers } from '../servers/kafka-process.js';
import { postgresAnswers } from '../servers/postgres-process.js';
import { type ServiceName, serviceNames } from '../service-names.js';
import type { StackFolder } from '../stack/stack-folder.js';
import { type StackState, readState } from '../stack/state-file.js';

export type PartStatus = {
  readonly name: string;
  readonly status: 'up' | 'not ready' | 'down';
  readonly pid?: number;
  readonly address?: string;
};

type Part = {
  readonly name: string;
  readonly running: { readonly pid: number; readonly token: string } | undefined;
  readonly address: string | undefined;
  readonly ask: () => Promise<boolean>;
};

/** What of the folder's stack runs, asked and not only looked up. */
export async function stackStatus(folder: StackFolder): Promise<PartStatus[]> {
  return Promise.all(parts(readState(folder.state)).map(statusOf));
}

async function statusOf({ name, running, address, ask }: Part): Promise<PartStatus> {
  if (!running || !isAlive(running)) return { name, status: 'down' };
  const status = (await ask()) ? 'up' : 'not ready';
  return { name, status, pid: running.pid, ...(address !== undefined && { address }) };
}

function parts(state: StackState): Part[] {
  const { kafka, postgres, frontDoor } = state;
  const base = `http://127.0.0.1:${state.frontDoorPort}`;
  return [
    ...serverParts({ kafka, postgres, connection: state.connection }),
    ...serviceNames.map((name) => servicePart(state, name)),
    {
      name: 'front door',
      running: frontDoor,
      address: base,
      ask: () => answersReady(`${base}/healthz`),
    },
  ];
}

/** A server that is somebody else's is not a part of the stack. */
function serverParts({
  kafka,
  postgres,
  connection,
}: Pick<StackState, 'kafka' | 'postgres' | 'connection'>): Part[] {
  const host = postgres && new URL(postgres.url).host;
  const own: Part[] = [];
  if (connection?.ownsKafka !== false) {
    own.push({
      name: 'kafka',
      running: kafka,
      address: kafka?.brokers,
      ask: () => kafkaAnswers(kafka!.brokers),
    });
  }
  if (connection?.ownsPostgres !== false) {
    own.push({
      name: 'postgres',
      running: postgres,
      address: host,
      ask: () => postgresAnswers(postgres!.url),
    });
  }
  return own;
}

function servicePart(state: StackState, name: ServiceName): Part {
  const ports = state.ports[name];
  return {
    name,
    running: state.services[name],
    address: ports && `127.0.0.1:${ports.http}`,
    ask: () => answersReady(`http://127.0.0.1:${ports!.management}/readyz`),
  };
}
