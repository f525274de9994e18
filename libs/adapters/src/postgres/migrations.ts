import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import pg from 'pg';

export interface MigrationOptions {
  /** Of the role `<service>_owner`, which owns the schema and does nothing but this. */
  readonly databaseUrl: string;
  readonly schema: string;
  /** Holds `0001_name.sql`, `0002_name.sql`, …: append-only. */
  readonly folder: string;
}

interface MigrationFile {
  readonly name: string;
  readonly sql: string;
  readonly checksum: string;
}

/**
 * Applies the files not yet applied, each in a transaction of its own, under an advisory lock so that processes
 * which start together take turns. A changed, missing or misnumbered file is refused before anything is applied.
 * Answers the names applied by this call.
 */
export async function runMigrations(options: MigrationOptions): Promise<readonly string[]> {
  const files = await readMigrations(options.folder);
  const client = new pg.Client({
    connectionString: options.databaseUrl,
    application_name: `${options.schema}-migrations`,
    options: `-c search_path=${options.schema}`,
  });
  await client.connect();
  try {
    await client.query(
      `select pg_advisory_lock(hashtext('farthing-migrations'), hashtext($1::text))`,
      [options.schema],
    );
    await client.query(`create table if not exists schema_migrations (
      name text primary key, checksum text not null, applied_at timestamptz not null default now())`);
    const applied = await readApplied(client);
    assertUnchanged(files, applied);
    const pending = files.slice(applied.length);
    for (const file of pending) await apply(client, file);
    return pending.map((file) => file.name);
  } finally {
    await client.end();
  }
}

async function readMigrations(folder: string): Promise<MigrationFile[]> {
  const names = (await readdir(folder)).filter((name) => name.endsWith('.sql')).toSorted();
  return Promise.all(
    names.map(async (name, at) => {
      const expected = String(at + 1).padStart(4, '0');
      if (!new RegExp(`^${expected}_[a-z0-9_]+\\.sql$`).test(name)) {
        throw new Error(`migration ${name} should be named ${expected}_<name>.sql`);
      }
      const sql = await readFile(join(folder, name), 'utf8');
      return { name, sql, checksum: createHash('sha256').update(sql).digest('hex') };
    }),
  );
}

async function readApplied(client: pg.Client) {
  const result = await client.query<{ name: string; checksum: string }>(
    'select name, checksum from schema_migrations order by name',
  );
  return result.rows;
}

function assertUnchanged(
  files: readonly MigrationFile[],
  applied: readonly { readonly name: string; readonly checksum: string }[],
): void {
  applied.forEach((row, at) => {
    const file = files[at];
    if (file?.name !== row.name) throw new Error(`migration ${row.name} was applied and is gone`);
    if (file.checksum !== row.checksum)
      throw new Error(`migration ${row.name} was changed after it was applied`);
  });
}

async function apply(client: pg.Client, file: MigrationFile): Promise<void> {
  try {
    await client.query('begin');
    await client.query(file.sql);
    await client.query(
      'insert into schema_migrations (name, checksum) values ($1::text, $2::text)',
      [file.name, file.checksum],
    );
    await client.query('commit');
  } catch (error) {
    await client.query('rollback');
    throw new Error(`migration ${file.name} failed: ${(error as Error).message}`, { cause: error });
  }
}
