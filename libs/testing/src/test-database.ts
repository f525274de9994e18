import { existsSync } from 'node:fs';
import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { runMigrations } from '@farthing/adapters/postgres/migrations';
import { applyPostgres } from '@farthing/local/apply-postgres';
import type { SchemaUrls } from '@farthing/local/declared/roles';
import { repositoryRoot } from '@farthing/local/repository';
import pg from 'pg';
import { testDatabaseUrl } from './test-servers.js';

export interface TestDatabase {
  /** Of the superuser. */
  readonly adminUrl: string;
  readonly auditorUrl: string;
  /** The URLs of a schema's three roles: `owner`, `api` and `batch`. */
  urlsOf(schema: string): SchemaUrls;
  /** Ends all connections to it and deletes it. */
  drop(): Promise<void>;
}

/**
 * A fresh database with the schemas and roles that `deploy/postgres` declares, and the migrations of the named
 * services applied.
 */
export async function createTestDatabase(
  options: { readonly services?: readonly string[] } = {},
): Promise<TestDatabase> {
  const serverUrl = testDatabaseUrl();
  const database = `test_${randomUUID().replaceAll('-', '').slice(0, 16)}`;
  // Roles belong to the server: everyone who shares it derives their passwords from the same secret.
  const secret = new URL(serverUrl).password;
  const urls = await applyPostgres({ adminUrl: serverUrl, database, secret });
  for (const service of options.services ?? []) {
    const folder = join(repositoryRoot, 'services', service, 'migrations');
    if (!existsSync(folder)) throw new Error(`${service} has no migrations`);
    await runMigrations({ databaseUrl: urls.schemas[service]!.owner, schema: service, folder });
  }
  const adminUrl = new URL(serverUrl);
  adminUrl.pathname = `/${database}`;
  return {
    adminUrl: adminUrl.href,
    auditorUrl: urls.auditor,
    urlsOf: (schema) => {
      const found = urls.schemas[schema];
      if (!found) throw new Error(`deploy/postgres declares no schema ${schema}`);
      return found;
    },
    drop: () => dropDatabase(serverUrl, database),
  };
}

async function dropDatabase(serverUrl: string, database: string): Promise<void> {
  const client = new pg.Client({ connectionString: serverUrl });
  await client.connect();
  try {
    await client.query(`drop database if exists ${pg.escapeIdentifier(database)} with (force)`);
  } finally {
    await client.end();
  }
}
