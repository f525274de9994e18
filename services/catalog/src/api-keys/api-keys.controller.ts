import { Body, Controller, Delete, Get, Param, Post, Query, Req, Res } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { z } from 'zod';
import { RequiresScope } from '@farthing/adapters/http/bearer-auth';
import { Commands } from '../commands.js';
import { refusal } from '../errors.js';
import { keyPageQuery, readThingPage } from '../versions/thing-page.js';
import type { ApiKeyDocument } from './api-keys.repository.js';
import { apiKeyAnswer, apiKeyBody, apiKeyParams, tenantQuery } from './api-key.schema.js';
import type { ApiKeyBody } from './api-key.schema.js';
import { CalledBy, OperatorToo } from './caller.guard.js';
import type { Caller } from './caller.guard.js';
import { makeApiKey, planApiKey } from './make-api-key.js';
import { revokeApiKey } from './revoke-api-key.js';
import { KeySeal } from './sealed-key.js';

const listQuery = keyPageQuery.extend(tenantQuery.shape);

@Controller('v1/api-keys')
@RequiresScope('keys:write')
@OperatorToo()
export class ApiKeysController {
  constructor(
    private readonly commands: Commands,
    private readonly seal: KeySeal,
  ) {}

  @Post()
  async make(
    @CalledBy() caller: Caller,
    @Body({ schema: apiKeyBody }) body: ApiKeyBody,
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ) {
    const plan = planApiKey(caller, body);
    const answer = await this.commands.run({ request, reply }, plan.tenant, (tx) =>
      makeApiKey(tx, plan, this.seal),
    );
    const { sealedKey, id, ...rest } = answer;
    const key = this.seal.open(sealedKey);
    if (key === undefined) throw refusal('key_not_shown_again');
    return { id, key, ...rest };
  }

  @Get()
  list(
    @CalledBy() caller: Caller,
    @Query({ schema: listQuery }) query: z.output<typeof listQuery>,
  ) {
    const tenant = tenantFor(caller, query.tenant);
    return this.commands.read(tenant, (tx) =>
      readThingPage<ApiKeyDocument, unknown>(tx, {
        tenant,
        kind: 'api_key',
        query,
        present: apiKeyAnswer,
      }),
    );
  }

  @Delete(':id')
  revoke(
    @CalledBy() caller: Caller,
    @Param({ schema: apiKeyParams }) { id }: z.output<typeof apiKeyParams>,
    @Query({ schema: tenantQuery }) query: z.output<typeof tenantQuery>,
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ) {
    const tenant = tenantFor(caller, query.tenant);
    return this.commands.run({ request, reply }, tenant, (tx) => revokeApiKey(tx, { tenant, id }));
  }
}

/** The operator says whose keys are meant; everybody else means their own. */
function tenantFor(caller: Caller, named: string | undefined): string {
  if (caller.kind === 'operator') {
    if (named === undefined) throw refusal('tenant_missing', '/tenant');
    return named;
  }
  if (named !== undefined && named !== caller.tenant) throw refusal('not_your_tenant', '/tenant');
  return caller.tenant;
}
