import {
  Body,
  Controller,
  Get,
  HttpCode,
  Inject,
  Param,
  Post,
  Query,
  Req,
  Res,
} from '@nestjs/common';
import { CallerTenant, RequiresScope } from '@farthing/adapters/http/bearer-auth';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { v7 as uuid } from 'uuid';
import type { z } from 'zod';
import { Commands } from '../commands.js';
import { refusalProblem } from '../errors.js';
import { addGrant } from './add-grant.js';
import { grantBody, idParam, listQuery, type GrantBody, type ListQuery } from './grant.schema.js';
import { grantToJson } from './grant-json.js';
import { listGrants } from './list-grants.js';

@Controller('v1/customers/:id/grants')
export class GrantsController {
  constructor(@Inject(Commands) private readonly commands: Commands) {}

  @Post()
  @HttpCode(201)
  @RequiresScope('wallets:write')
  async add(
    @CallerTenant() tenant: string,
    @Param({ schema: idParam }) { id: customer }: z.output<typeof idParam>,
    @Body({ schema: grantBody }) body: GrantBody,
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<unknown> {
    const id = `grt_${uuid()}`;
    const partition = this.commands.partitionOf(tenant, customer);
    const now = this.commands.clock.nowMicros();
    const answer = await this.commands.answerOnce({ tenant, request }, async (tx) => {
      const added = await addGrant(tx, { tenant, customer, partition, id, body, now });
      if (added.outcome === 'refused') throw refusalProblem(added.reason);
      const { grant } = added;
      this.commands.metrics.grantAdded(grant.kind);
      return { status: 201, body: grantToJson({ customer, grant, balance: grant.amount }) };
    });
    void reply.status(answer.status);
    return answer.body;
  }

  @Get()
  @RequiresScope('wallets:read')
  list(
    @CallerTenant() tenant: string,
    @Param({ schema: idParam }) { id: customer }: z.output<typeof idParam>,
    @Query({ schema: listQuery }) query: ListQuery,
  ): Promise<unknown> {
    return this.commands.read(tenant, (tx) => listGrants(tx, { tenant, customer, ...query }));
  }
}
