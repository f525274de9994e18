import { once } from 'node:events';
import type { Socket } from 'node:net';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type pg from 'pg';
import { from as copyFrom, to as copyTo } from 'pg-copy-streams';
import type { DataSource } from 'typeorm';
import { poolOf } from './data-source.js';
import type { FailureClass } from './failure-class.js';

/** The first argument of every function that touches the database. Throws when used after its end. */
export interface Transaction {
  /** The process id of its backend, to tell it from others in `pg_stat_activity`. */
  readonly backendPid: number;
  query<Row extends object>(sql: string, parameters?: readonly unknown[]): Promise<Row[]>;
  /** Like `query`, for statements of which only the number of rows matters. */
  execute(sql: string, parameters?: readonly unknown[]): Promise<number>;
  /** `sql` is a `copy … from stdin`; `data` the whole stream, header and trailer included. */
  copyIn(
    sql: string,
    data: Uint8Array | AsyncIterable<Uint8Array> | Iterable<Uint8Array>,
  ): Promise<void>;
  /**
   * `sql` is a `copy … to stdout`, which takes no parameters. Nothing else may run in the transaction until the stream
   * has ended. Who leaves it before must throw: the connection is cut, as the rest of it would still come.
   */
  copyOut(sql: string): AsyncIterable<Buffer>;
  savepoint(name: string): Promise<void>;
  rollbackTo(name: string): Promise<void>;
  /** Runs once the commit is certain; in the order of registration; never after a rollback. */
  afterCommit(action: () => void): void;
}

export interface TransactionOptions {
  /** Shown in `pg_stat_activity` for the length of the transaction: `<group>/<partition>` for consumers. */
  readonly applicationName?: string;
  /** Sets `farthing.tenant_id` for row-level security; see `runAsTenant`. */
  readonly tenantId?: string;
  readonly readOnly?: boolean;
  readonly isolation?: 'read committed' | 'repeatable read' | 'serializable';
  /** All three stay well below the 30 s of a consumer group's session. */
  readonly statementTimeoutMs?: number;
  readonly lockTimeoutMs?: number;
  readonly idleInTransactionTimeoutMs?: number;
}

/**
 * The connection was lost while COMMIT was on its way: the transaction may or may not have happened. Whoever
 * catches this reconnects and reads, under the row lock, what is true.
 */
export class CommitUnknown extends Error {
  override readonly name = 'CommitUnknown';
  readonly failureClass: FailureClass = 'transient';
}

/** Commits when `work` resolves, rolls back when it throws. Nothing is retried here. */
export async function runInTransaction<Result>(
  dataSource: DataSource,
  options: TransactionOptions,
  work: (tx: Transaction) => Promise<Result>,
): Promise<Result> {
  const client = await poolOf(dataSource).connect();
  let lost: Error | undefined;
  // While a client is out of the pool nobody else listens, and an unheard 'error' would end the process.
  const onError = (error: Error) => (lost = error);
  client.on('error', onError);
  const tx = new ClientTransaction(client);
  let result: Result;
  try {
    await client.query(beginStatement(client, options));
    result = await work(tx);
    await commit(client);
  } catch (error) {
    tx.end();
    const broken = error instanceof CommitUnknown ? error : await rollback(client, lost);
    release(client, onError, broken);
    throw error;
  }
  tx.end();
  release(client, onError, lost);
  // Outside of the try: what an action throws must not look like a rollback.
  tx.runAfterCommit();
  return result;
}

class ClientTransaction implements Transaction {
  readonly backendPid: number;
  private ended = false;
  private readonly actions: (() => void)[] = [];

  constructor(private readonly client: pg.PoolClient) {
    this.backendPid = (client as unknown as { processID: number }).processID;
  }

  async query<Row extends object>(
    sql: string,
    parameters: readonly unknown[] = [],
  ): Promise<Row[]> {
    this.assertOpen();
    return (await this.client.query<Row>(sql, parameters as unknown[])).rows;
  }

  async execute(sql: string, parameters: readonly unknown[] = []): Promise<number> {
    this.assertOpen();
    return (await this.client.query(sql, parameters as unknown[])).rowCount ?? 0;
  }

  async copyIn(
    sql: string,
    data: Uint8Array | AsyncIterable<Uint8Array> | Iterable<Uint8Array>,
  ): Promise<void> {
    this.assertOpen();
    const stream = this.client.query(copyFrom(sql));
    if (data instanceof Uint8Array) {
      const finished = once(stream, 'finish');
      stream.end(data);
      await finished;
    } else {
      await pipeline(Readable.from(data, { objectMode: false }), stream);
    }
  }

  async *copyOut(sql: string): AsyncGenerator<Buffer> {
    this.assertOpen();
    const stream = this.client.query(copyTo(sql));
    let ended = false;
    try {
      for await (const chunk of stream) yield chunk as Buffer;
      ended = true;
    } finally {
      if (!ended) this.cut();
    }
  }

  async savepoint(name: string): Promise<void> {
    await this.execute(`savepoint ${this.client.escapeIdentifier(name)}`);
  }

  async rollbackTo(name: string): Promise<void> {
    await this.execute(`rollback to savepoint ${this.client.escapeIdentifier(name)}`);
  }

  afterCommit(action: () => void): void {
    this.assertOpen();
    this.actions.push(action);
  }

  end(): void {
    this.ended = true;
  }

  runAfterCommit(): void {
    for (const action of this.actions) action();
  }

  private cut(): void {
    const { connection } = this.client as unknown as { connection: { stream: Socket } };
    connection.stream.destroy(new Error('the rows of a COPY were not wanted any more'));
  }

  private assertOpen(): void {
    if (this.ended) throw new Error('the transaction has ended');
  }
}

/** One round trip: every setting is local, so it is gone with the transaction. */
function beginStatement(client: pg.PoolClient, options: TransactionOptions): string {
  const settings: [string, string][] = [
    ['statement_timeout', String(options.statementTimeoutMs ?? 10_000)],
    ['lock_timeout', String(options.lockTimeoutMs ?? 4_000)],
    ['idle_in_transaction_session_timeout', String(options.idleInTransactionTimeoutMs ?? 10_000)],
  ];
  if (options.applicationName !== undefined)
    settings.push(['application_name', options.applicationName]);
  if (options.tenantId !== undefined) settings.push(['farthing.tenant_id', options.tenantId]);
  const mode = options.readOnly ? 'read only' : 'read write';
  const begin = `begin isolation level ${options.isolation ?? 'read committed'} ${mode}`;
  const locals = settings.map(
    ([name, value]) => `set local ${name} = ${client.escapeLiteral(value)}`,
  );
  return [begin, ...locals].join('; ');
}

async function commit(client: pg.PoolClient): Promise<void> {
  let tag: string;
  try {
    tag = (await client.query('commit')).command;
  } catch (error) {
    if (isCertainRefusal(error)) throw error;
    throw new CommitUnknown('the connection was lost during COMMIT', { cause: error });
  }
  // PostgreSQL answers COMMIT of a failed transaction with ROLLBACK and no error.
  if (tag !== 'COMMIT') throw new Error(`COMMIT of a failed transaction was answered with ${tag}`);
}

/** An ERROR is the server's word that it rolled back; FATAL (a terminated backend) says nothing about the commit. */
function isCertainRefusal(error: unknown): boolean {
  return (error as { severity?: string }).severity === 'ERROR';
}

async function rollback(
  client: pg.PoolClient,
  lost: Error | undefined,
): Promise<Error | undefined> {
  if (lost) return lost;
  try {
    await client.query('rollback');
    return undefined;
  } catch (error) {
    return error as Error;
  }
}

/** A client that failed is released with its error, so the pool ends it instead of lending it again. */
function release(client: pg.PoolClient, onError: (error: Error) => void, error?: Error): void {
  client.release(error);
  if (error) {
    // The dying connection may still speak; let it speak to nobody.
    client.on('error', () => undefined);
  }
  client.off('error', onError);
}
