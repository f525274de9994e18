import { randomBytes } from 'node:crypto';
import { fileURLToPath } from 'node:url';
import { createDataSource } from '@farthing/adapters/postgres/data-source';
import { runMigrations } from '@farthing/adapters/postgres/migrations';
import type { Logger } from '@farthing/adapters/telemetry/logger';
import type { DataSource } from 'typeorm';

export interface ScratchDatabase {
  /** With the schema `rating`, as rating has it when it starts for the first time. */
  readonly dataSource: DataSource;
  /** Also ends what is still connected. */
  drop(): Promise<void>;
}

const TIMEOUT_MS = 3_600_000;

/** Makes a database of its own on the server of `serverUrl`, whose roles are those of `deploy/postgres`. */
export async function createScratchDatabase(
  serverUrl: string,
  logger: Logger,
): Promise<ScratchDatabase> {
  const name = `farthing_replay_${randomBytes(6).toString('hex')}`;
  const server = await connect(serverUrl, { logger, poolSize: 1 });
  const drop = async () => {
    // No name of a database is a parameter; this one is letters and digits.
    await server.query(`drop database if exists ${name} with (force)`);
    await server.destroy();
  };
  try {
    await server.query(`create database ${name}`);
    const url = new URL(serverUrl);
    url.pathname = `/${name}`;
    const dataSource = await connect(url.href, { logger, poolSize: 4 });
    await dataSource.query('create schema rating');
    const folder = fileURLToPath(new URL('../../migrations', import.meta.url));
    await runMigrations({ databaseUrl: url.href, schema: 'rating', folder });
    return {
      dataSource,
      drop: async () => {
        await dataSource.destroy();
        await drop();
      },
    };
  } catch (error) {
    await drop();
    throw error;
  }
}

function connect(
  url: string,
  options: { readonly logger: Logger; readonly poolSize: number },
): Promise<DataSource> {
  const rest = { schema: 'rating', applicationName: 'farthing-replay' };
  return createDataSource({ url, ...rest, ...options, statementTimeoutMs: TIMEOUT_MS });
}
