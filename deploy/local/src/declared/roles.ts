import { createHmac } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { repositoryRoot } from '../repository.js';

export type RoleUse = 'owner' | 'api' | 'batch';

export type RolesDeclaration = {
  readonly schemas: readonly string[];
  readonly roles: Readonly<
    Record<RoleUse, { readonly owns: boolean; readonly bypassRls: boolean; readonly why: string }>
  >;
  readonly readers: Readonly<Record<string, { readonly bypassRls: boolean; readonly why: string }>>;
};

export type Role = { readonly name: string; readonly bypassRls: boolean };

/** What `deploy/postgres/roles.json` says. */
export function declaredRoles(): RolesDeclaration {
  return JSON.parse(
    readFileSync(join(repositoryRoot, 'deploy/postgres/roles.json'), 'utf8'),
  ) as RolesDeclaration;
}

export const auditorRole = 'farthing_auditor';

export function roleName(schema: string, use: RoleUse): string {
  return `${schema}_${use}`;
}

/** Every role: those of each schema, then the readers of all. */
export function rolesOf(declared: RolesDeclaration): Role[] {
  const uses = Object.entries(declared.roles) as [RoleUse, { bypassRls: boolean }][];
  const ofSchemas = declared.schemas.flatMap((schema) =>
    uses.map(([use, { bypassRls }]) => ({ name: roleName(schema, use), bypassRls })),
  );
  const readers = Object.entries(declared.readers).map(([name, { bypassRls }]) => ({
    name,
    bypassRls,
  }));
  return [...ofSchemas, ...readers];
}

/**
 * A role's password: HMAC-SHA256 of its name under the stack's one secret. Roles belong to a server
 * and not to a database, so everyone who uses databases of one server gives the same secret and
 * gets the same passwords.
 */
export function rolePassword(secret: string, role: string): string {
  return createHmac('sha256', secret).update(role).digest('base64url');
}

export type SchemaUrls = Readonly<Record<RoleUse, string>>;

export type DatabaseUrls = {
  readonly auditor: string;
  /** By schema; a service's schema is named as the service. */
  readonly schemas: Readonly<Record<string, SchemaUrls>>;
};

export type DatabasePlace = {
  /** Of a superuser, in any database of the server. Its options after `?` are kept in every URL. */
  readonly adminUrl: string;
  readonly database: string;
  readonly secret: string;
};

/** The address of the database for each role. */
export function databaseUrls(place: DatabasePlace, declared = declaredRoles()): DatabaseUrls {
  const urlFor = (role: string): string => {
    const url = new URL(place.adminUrl);
    url.username = role;
    url.password = rolePassword(place.secret, role);
    url.pathname = `/${encodeURIComponent(place.database)}`;
    return url.href;
  };
  const schemas = declared.schemas.map((schema) => [
    schema,
    {
      owner: urlFor(roleName(schema, 'owner')),
      api: urlFor(roleName(schema, 'api')),
      batch: urlFor(roleName(schema, 'batch')),
    },
  ]);
  return {
    auditor: urlFor(auditorRole),
    schemas: Object.fromEntries(schemas) as Record<string, SchemaUrls>,
  };
}
