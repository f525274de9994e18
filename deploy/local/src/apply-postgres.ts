import pg from 'pg';
import {
  type DatabasePlace,
  type DatabaseUrls,
  type RolesDeclaration,
  type RoleUse,
  databaseUrls,
  declaredRoles,
  roleName,
  rolePassword,
  rolesOf,
} from './declared/roles.js';

/**
 * Held while roles change, in one database of the server: roles are of the server, and a lock is of
 * its database.
 */
const lockKey = 7_094_316;
const lockDatabase = 'postgres';

/**
 * Makes the roles, the database and the schemas of `deploy/postgres` be as declared; doing it again
 * changes nothing. Answers where each role finds the database.
 */
export async function applyPostgres(place: DatabasePlace): Promise<DatabaseUrls> {
  const declared = declaredRoles();
  await connected(urlOf(place.adminUrl, lockDatabase), async (client) => {
    await client.query('select pg_advisory_lock($1::int8)', [lockKey]);
    await applyRoles(client, declared, place.secret);
    await createDatabase(client, place.database);
    await connected(urlOf(place.adminUrl, place.database), (there) =>
      applySchemas(there, declared, place.database),
    );
  });
  return databaseUrls(place, declared);
}

async function connected(url: string, work: (client: pg.Client) => Promise<void>): Promise<void> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    await work(client);
  } finally {
    await client.end();
  }
}

function urlOf(adminUrl: string, database: string): string {
  const url = new URL(adminUrl);
  url.pathname = `/${encodeURIComponent(database)}`;
  return url.href;
}

// Utility statements take no parameters: names and literals are escaped by the driver instead.
const { escapeIdentifier: name, escapeLiteral: literal } = pg;

async function applyRoles(
  client: pg.Client,
  declared: RolesDeclaration,
  secret: string,
): Promise<void> {
  const found = await client.query<{ rolname: string }>(`select rolname from pg_roles`);
  const existing = new Set(found.rows.map(({ rolname }) => rolname));
  for (const role of rolesOf(declared)) {
    const verb = existing.has(role.name) ? 'alter' : 'create';
    const rls = role.bypassRls ? 'bypassrls' : 'nobypassrls';
    await client.query(
      `${verb} role ${name(role.name)}
       with login nosuperuser nocreatedb nocreaterole noinherit ${rls}
       password ${literal(rolePassword(secret, role.name))}`,
    );
  }
}

async function createDatabase(client: pg.Client, database: string): Promise<void> {
  const found = await client.query(`select from pg_database where datname = $1::text`, [database]);
  if (found.rowCount === 0) await client.query(`create database ${name(database)}`);
}

async function applySchemas(
  client: pg.Client,
  declared: RolesDeclaration,
  database: string,
): Promise<void> {
  for (const schema of declared.schemas) {
    await applySchema(client, { schema, declared, database });
  }
}

type SchemaWork = {
  readonly schema: string;
  readonly declared: RolesDeclaration;
  readonly database: string;
};

async function applySchema(
  client: pg.Client,
  { schema, declared, database }: SchemaWork,
): Promise<void> {
  const owner = name(roleName(schema, 'owner'));
  const uses = Object.keys(declared.roles) as RoleUse[];
  const readers = Object.keys(declared.readers).map((reader) => name(reader));
  const users = uses
    .filter((use) => !declared.roles[use].owns)
    .map((use) => name(roleName(schema, use)));

  await client.query(`create schema if not exists ${name(schema)} authorization ${owner}`);
  await client.query(
    `grant usage on schema ${name(schema)} to ${[...users, ...readers].join(', ')}`,
  );
  for (const use of uses) {
    const role = name(roleName(schema, use));
    await client.query(
      `alter role ${role} in database ${name(database)} set search_path = ${name(schema)}`,
    );
  }
  // What a migration makes later is readable for the auditor at once; api and batch get what the
  // migration grants.
  for (const kind of ['tables', 'sequences']) {
    await client.query(
      `grant select on all ${kind} in schema ${name(schema)} to ${readers.join(', ')}`,
    );
    await client.query(
      `alter default privileges for role ${owner} in schema ${name(schema)}
       grant select on ${kind} to ${readers.join(', ')}`,
    );
  }
}
