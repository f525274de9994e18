import { createHash, timingSafeEqual } from 'node:crypto';
import { createParamDecorator, SetMetadata } from '@nestjs/common';
import type { CanActivate, ExecutionContext } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import type { FastifyRequest } from 'fastify';
import type { DataSource } from 'typeorm';
import { BearerAuthGuard, bearerOf, type PresentedKey } from '@farthing/adapters/http/bearer-auth';
import { refusal } from '../errors.js';
import { isApiKeyText, sha256Of } from './api-key-text.js';
import { findPresentedKey } from './api-keys.repository.js';

/** Who calls: the operator of this Farthing, or somebody with an API key of a tenant. */
export type Caller =
  | { readonly kind: 'operator' }
  | { readonly kind: 'key'; readonly tenant: string; readonly scopes: readonly string[] };

const OPERATOR = 'farthing:operator';

/** On a route that only the operator key opens. */
export const OperatorOnly = () => SetMetadata(OPERATOR, 'only');

/** Beside `@RequiresScope`: the operator key opens the route, too. */
export const OperatorToo = () => SetMetadata(OPERATOR, 'too');

interface CallerRequest extends FastifyRequest {
  verifiedCaller?: Caller;
}

/** The caller, as a parameter of a route that is guarded. */
export const CalledBy = createParamDecorator((_: unknown, context: ExecutionContext) => {
  const { verifiedCaller } = context.switchToHttp().getRequest<CallerRequest>();
  if (!verifiedCaller) throw new Error('the route is not guarded');
  return verifiedCaller;
});

/**
 * Guards every route by its decorators. It looks API keys up in the table and not in a feed of it, so here a
 * revocation holds from its commit on.
 */
export class CallerGuard implements CanActivate {
  private readonly reflector = new Reflector();

  constructor(
    private readonly dataSource: DataSource,
    private readonly operatorKey: string,
  ) {}

  async canActivate(context: ExecutionContext): Promise<boolean> {
    const request = context.switchToHttp().getRequest<CallerRequest>();
    const presented = bearerOf(request.headers.authorization);
    const targets = [context.getHandler(), context.getClass()];
    const operator = this.reflector.getAllAndOverride<'only' | 'too' | undefined>(
      OPERATOR,
      targets,
    );
    if (operator && presented !== undefined && isSame(presented, this.operatorKey)) {
      request.verifiedCaller = { kind: 'operator' };
      return true;
    }
    if (operator === 'only') {
      throw refusal(presented === undefined ? 'operator_key_missing' : 'operator_key_unknown');
    }
    const key = await this.find(presented);
    const isAllowed = new BearerAuthGuard(() => key).canActivate(context);
    if (key) {
      request.verifiedCaller = { kind: 'key', tenant: key.tenant, scopes: key.scopes };
    }
    return isAllowed;
  }

  private async find(presented: string | undefined): Promise<PresentedKey | undefined> {
    if (presented === undefined || !isApiKeyText(presented)) return undefined;
    return findPresentedKey(this.dataSource, sha256Of(presented));
  }
}

/** In constant time: hashes have one length, whatever was presented. */
function isSame(presented: string, expected: string): boolean {
  const [a, b] = [presented, expected].map((text) => createHash('sha256').update(text).digest());
  return timingSafeEqual(a!, b!);
}
