import { spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import {
  chownSync,
  existsSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { join, resolve } from 'node:path';
import pg from 'pg';
import { repositoryRoot } from '../repository.js';
import { type RunningProcess, isAlive, launch, stopProcess } from './child-process.js';
import { freePort } from './free-port.js';
import { logTail } from './log-tail.js';
import { type PostgresBinaries, postgresBinaries } from './postgres-binaries.js';
import { type UnprivilegedUser, reachableFolder, unprivilegedUser } from './postgres-place.js';
import { waitUntil } from './wait-until.js';

export type PostgresStart = {
  /**
   * Data, the superuser's password and, unless named, the log. An existing one is started again
   * with what it holds.
   */
  readonly folder: string;
  /** By default the port of this folder's last start, or any free one. */
  readonly port?: number | undefined;
  readonly logFile?: string | undefined;
  /** Over those of `deploy/postgres/server.json`. */
  readonly settings?: Readonly<Record<string, string>> | undefined;
  /** End it when this process exits. By default it lives on. */
  readonly endWithParent?: boolean | undefined;
  readonly signal?: AbortSignal | undefined;
};

export type PostgresStop = 'smart' | 'fast' | 'immediate';

export type PostgresServer = RunningProcess & {
  /** Of the superuser, in the database `postgres`. */
  readonly url: string;
  readonly port: number;
  readonly stop: (mode?: PostgresStop) => Promise<void>;
};

const startTimeoutMs = 60_000;

/** PostgreSQL as a child process on loopback; it answers when this returns. */
export async function startPostgres(start: PostgresStart): Promise<PostgresServer> {
  const folder = resolve(start.folder);
  mkdirSync(folder, { recursive: true });
  const user = unprivilegedUser();
  const binaries = postgresBinaries(user);
  const data = join(reachableFolder(folder, user), 'data');
  const password = knownPassword(folder);
  if (!existsSync(join(data, 'PG_VERSION'))) initialize({ binaries, data, password, user });

  const port = await postgresPort(folder, start.port);
  const logFile = start.logFile ?? join(folder, 'postgres.log');
  const running = await launch({
    command: binaries.postgres,
    // No socket in a shared folder: two stacks would meet there.
    arguments: [
      '-D',
      data,
      '-h',
      '127.0.0.1',
      '-p',
      String(port),
      '-k',
      '',
      ...settingArguments(start.settings),
    ],
    environment: process.env,
    workingFolder: data,
    logFile,
    user,
    endWithParent: start.endWithParent ? stopSignals.immediate : undefined,
  });
  const url = `postgres://postgres:${password}@127.0.0.1:${port}/postgres`;
  try {
    await waitForServer({ url, running, logFile, signal: start.signal });
  } catch (error) {
    await stopPostgres(running, 'immediate');
    throw error;
  }
  return { ...running, url, port, stop: (mode) => stopPostgres(running, mode) };
}

/**
 * The modes of pg_ctl(1): `immediate` is a crash that keeps the files, and recovery runs at the
 * next start.
 */
const stopSignals = { smart: 'SIGTERM', fast: 'SIGINT', immediate: 'SIGQUIT' } as const;

export async function stopPostgres(
  running: RunningProcess,
  mode: PostgresStop = 'fast',
): Promise<void> {
  await stopProcess(running, { signal: stopSignals[mode], timeoutMs: 30_000 });
}

/** True when the server at `url` lets us in and answers. */
export async function postgresAnswers(url: string): Promise<boolean> {
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 2_000 });
  // A connection that is cut while it is being made reports twice; the second must not end the
  // process.
  client.on('error', () => undefined);
  try {
    await client.connect();
    await client.query('select 1');
    return true;
  } catch {
    return false;
  } finally {
    await client.end().catch(() => undefined);
  }
}

function knownPassword(folder: string): string {
  const file = join(folder, 'password');
  if (!existsSync(file))
    writeFileSync(file, randomBytes(18).toString('base64url'), { mode: 0o600 });
  return readFileSync(file, 'utf8');
}

async function postgresPort(folder: string, wanted: number | undefined): Promise<number> {
  const file = join(folder, 'port');
  const known = existsSync(file) ? Number(readFileSync(file, 'utf8')) : undefined;
  const port = wanted ?? (await freePort(known));
  writeFileSync(file, `${port}\n`);
  return port;
}

type Initialization = {
  readonly binaries: PostgresBinaries;
  readonly data: string;
  readonly password: string;
  readonly user: UnprivilegedUser | undefined;
};

function initialize({ binaries, data, password, user }: Initialization): void {
  // Made beside and renamed when done: a folder that an interrupted start left half made is never
  // mistaken for data.
  const partial = `${data}.new`;
  const passwordFile = `${data}.password`;
  rmSync(partial, { recursive: true, force: true });
  mkdirSync(partial, { mode: 0o700 });
  writeFileSync(passwordFile, password, { mode: 0o600 });
  if (user) for (const path of [partial, passwordFile]) chownSync(path, user.uid, user.gid);
  try {
    const run = spawnSync(
      binaries.initdb,
      [
        '-D',
        partial,
        '-U',
        'postgres',
        '-A',
        'scram-sha-256',
        '-E',
        'UTF8',
        '--locale=C',
        `--pwfile=${passwordFile}`,
      ],
      { cwd: partial, encoding: 'utf8', ...user },
    );
    if (run.error || run.status !== 0) {
      throw new Error(
        `PostgreSQL's data folder cannot be made:\n${run.error?.message ?? ''}${run.stderr}`,
      );
    }
  } finally {
    rmSync(passwordFile, { force: true });
  }
  rmSync(data, { recursive: true, force: true });
  renameSync(partial, data);
}

function settingArguments(over: Readonly<Record<string, string>> = {}): string[] {
  const source = readFileSync(join(repositoryRoot, 'deploy/postgres/server.json'), 'utf8');
  const declared = JSON.parse(source) as { local: Record<string, string> };
  return Object.entries({ ...declared.local, ...over }).flatMap(([key, value]) => [
    '-c',
    `${key}=${value}`,
  ]);
}

type Waiting = {
  readonly url: string;
  readonly running: RunningProcess;
  readonly logFile: string;
  readonly signal: AbortSignal | undefined;
};

async function waitForServer({ url, running, logFile, signal }: Waiting): Promise<void> {
  const answered = await waitUntil(
    () => {
      if (!isAlive(running))
        throw new Error(`PostgreSQL ended while starting:\n${logTail(logFile)}`);
      return postgresAnswers(url);
    },
    { timeoutMs: startTimeoutMs, signal },
  );
  if (!answered) throw new Error(`PostgreSQL does not answer:\n${logTail(logFile)}`);
}
