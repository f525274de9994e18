import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import type { RunningProcess } from '../servers/child-process.js';
import type { ServiceName } from '../service-names.js';

/** Ports of a service: kept when it stops, so that it comes back where others look for it. */
export type ServicePorts = {
  readonly http: number;
  readonly management: number;
  readonly grpc?: number;
};

/**
 * A process, and what it was started from: another fingerprint means that it must be started again.
 */
export type FingerprintedProcess = RunningProcess & { readonly fingerprint: string };

export type StackState = {
  readonly kafka?: (RunningProcess & { readonly brokers: string }) | undefined;
  readonly postgres?: (RunningProcess & { readonly url: string }) | undefined;
  readonly ports: Readonly<Partial<Record<ServiceName, ServicePorts>>>;
  readonly services: Readonly<Partial<Record<ServiceName, FingerprintedProcess>>>;
  readonly frontDoorPort?: number | undefined;
  readonly frontDoor?: FingerprintedProcess | undefined;
  /** Of the last start: what `status`, the command line and the demo connect to. */
  readonly connection?: Connection | undefined;
};

export type Connection = {
  readonly brokers: string;
  readonly topicPrefix: string;
  readonly partitions: number;
  /** Of the stack's database, as the role that reads every schema. */
  readonly auditorUrl: string;
  /** False: a server of somebody else's, which is neither watched nor stopped. */
  readonly ownsKafka: boolean;
  readonly ownsPostgres: boolean;
};

export const emptyState: StackState = { ports: {}, services: {} };

/** The state of a folder's stack; an absent file is a stack that was never started. */
export function readState(file: string): StackState {
  if (!existsSync(file)) return emptyState;
  const found = JSON.parse(readFileSync(file, 'utf8')) as Partial<StackState>;
  return { ...emptyState, ...found };
}

/**
 * Written beside and renamed, so that a reader never sees half of it; it names the superuser's URL,
 * hence the mode.
 */
export function writeState(file: string, state: StackState): void {
  mkdirSync(dirname(file), { recursive: true });
  const partial = `${file}.${process.pid}`;
  writeFileSync(partial, `${JSON.stringify(state, undefined, 2)}\n`, { mode: 0o600 });
  renameSync(partial, file);
}
