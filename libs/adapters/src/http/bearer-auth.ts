import { createHash } from 'node:crypto';
import { createParamDecorator, SetMetadata } from '@nestjs/common';
import type { CanActivate, ExecutionContext } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import type { FastifyRequest } from 'fastify';
import { Problem } from './problem.js';

/** What is known of a key that is presented; looked up by the SHA-256 of its text, in hex. */
export interface PresentedKey {
  readonly id: string;
  readonly tenant: string;
  readonly scopes: readonly string[];
  readonly revoked: boolean;
}

export type KeyLookup = (sha256: string) => PresentedKey | undefined;

export type Authentication =
  | {
      readonly outcome: 'authenticated';
      readonly keyId: string;
      readonly tenant: string;
      readonly scopes: readonly string[];
    }
  | {
      readonly outcome: 'refused';
      readonly code: 'api_key_missing' | 'api_key_unknown' | 'api_key_revoked';
    };

const BEARER = /^Bearer ([\x21-\x7e]{1,255})$/i;

const REFUSALS = {
  api_key_missing: 'the request has no `Authorization: Bearer <API key>`',
  api_key_unknown: 'the API key is not known',
  api_key_revoked: 'the API key was revoked',
} as const;

/** The text after `Bearer`, if the header has one. */
export function bearerOf(authorization: string | undefined): string | undefined {
  return BEARER.exec(authorization ?? '')?.[1];
}

/** Whose key an `Authorization` header presents. Only the key's hash is ever compared. */
export function authenticate(authorization: string | undefined, lookup: KeyLookup): Authentication {
  const presented = bearerOf(authorization);
  if (presented === undefined) return { outcome: 'refused', code: 'api_key_missing' };
  const key = lookup(createHash('sha256').update(presented).digest('hex'));
  if (!key) return { outcome: 'refused', code: 'api_key_unknown' };
  if (key.revoked) return { outcome: 'refused', code: 'api_key_revoked' };
  return { outcome: 'authenticated', keyId: key.id, tenant: key.tenant, scopes: key.scopes };
}

/** The problem of a refused key (401). */
export function authenticationProblem(code: keyof typeof REFUSALS): Problem {
  return new Problem({ status: 401, code, detail: REFUSALS[code] });
}

/** The problem of a key without the scope (403). */
export function scopeProblem(scope: string): Problem {
  return new Problem({
    status: 403,
    code: 'scope_missing',
    detail: `the API key does not have the scope ${scope}`,
  });
}

const SCOPE = 'farthing:scope';

/** On a controller or a route: the scope that the caller's key must have. */
export const RequiresScope = (scope: string) => SetMetadata(SCOPE, scope);

interface AuthenticatedRequest extends FastifyRequest {
  caller?: { readonly tenant: string; readonly keyId: string };
}

/** The tenant of the caller's key, as a parameter of a route that has `@RequiresScope`. */
export const CallerTenant = createParamDecorator((_: unknown, context: ExecutionContext) => {
  const { caller } = context.switchToHttp().getRequest<AuthenticatedRequest>();
  if (!caller) throw new Error('the route has no @RequiresScope');
  return caller.tenant;
});

/** Guards every route that has `@RequiresScope`; others are public. Register it with `app.useGlobalGuards`. */
export class BearerAuthGuard implements CanActivate {
  private readonly reflector = new Reflector();

  constructor(private readonly lookup: KeyLookup) {}

  canActivate(context: ExecutionContext): boolean {
    const targets = [context.getHandler(), context.getClass()];
    const scope = this.reflector.getAllAndOverride<string | undefined>(SCOPE, targets);
    if (scope === undefined) return true;
    const request = context.switchToHttp().getRequest<AuthenticatedRequest>();
    const answer = authenticate(request.headers.authorization, this.lookup);
    if (answer.outcome === 'refused') throw authenticationProblem(answer.code);
    if (!answer.scopes.includes(scope)) throw scopeProblem(scope);
    request.caller = { tenant: answer.tenant, keyId: answer.keyId };
    return true;
  }
}
