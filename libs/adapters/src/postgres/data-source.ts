import type pg from 'pg';
import { DataSource, type EntitySchema, type MixedList } from 'typeorm';
import type { Logger } from '../telemetry/logger.js';

export interface DataSourceOptions {
  /** Of one role: `<service>_api`, `<service>_batch` or `<service>_owner`. */
  readonly url: string;
  readonly schema: string;
  readonly applicationName: string;
  readonly logger: Logger;
  readonly poolSize?: number;
  /** How long a request waits for a connection before it fails. */
  readonly connectTimeoutMs?: number;
  /** Outside of `runInTransaction`, which sets its own, lower ones. */
  readonly statementTimeoutMs?: number;
  readonly entities?: MixedList<Function | string | EntitySchema>;
}

/** A connected pool. `bigint` and `numeric` come as strings; each repository converts them itself. */
export async function createDataSource(options: DataSourceOptions): Promise<DataSource> {
  const statementTimeoutMs = options.statementTimeoutMs ?? 30_000;
  const dataSource = new DataSource({
    type: 'postgres',
    url: options.url,
    schema: options.schema,
    applicationName: options.applicationName,
    poolSize: options.poolSize ?? 10,
    connectTimeoutMS: options.connectTimeoutMs ?? 5_000,
    entities: options.entities ?? [],
    synchronize: false,
    installExtensions: false,
    logging: false,
    // Without this listener a lost idle connection would end the process.
    poolErrorHandler: (error: unknown) =>
      options.logger.warn({ err: error }, 'a pooled connection was lost'),
    extra: {
      options: `-c search_path=${options.schema}`,
      statement_timeout: statementTimeoutMs,
      // The client's own limit: a half-open connection never answers, whatever the server's timeouts are.
      query_timeout: statementTimeoutMs + 5_000,
      keepAlive: true,
    },
  });
  return dataSource.initialize();
}

/** The pool below a DataSource, for what TypeORM has no words for (COPY, unknown commits). */
export function poolOf(dataSource: DataSource): pg.Pool {
  return (dataSource.driver as unknown as { readonly master: pg.Pool }).master;
}
