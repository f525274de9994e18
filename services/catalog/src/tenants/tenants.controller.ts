import { Body, Controller, Get, Param, Put, Req, Res } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { z } from 'zod';
import { OperatorOnly } from '../api-keys/caller.guard.js';
import { Commands } from '../commands.js';
import { refusal } from '../errors.js';
import { findLatestVersion } from '../versions/versions.repository.js';
import { InboundTopics } from './inbound-topics.js';
import { putTenant } from './put-tenant.js';
import { tenantAnswer, tenantBody, tenantParams } from './tenant.schema.js';
import type { TenantBody, TenantDocument } from './tenant.schema.js';
import { isTwin, twinIdOf } from './twin.js';

@Controller('v1/tenants')
@OperatorOnly()
export class TenantsController {
  constructor(
    private readonly commands: Commands,
    private readonly inboundTopics: InboundTopics,
  ) {}

  @Put(':id')
  async put(
    @Param({ schema: tenantParams }) { id }: z.output<typeof tenantParams>,
    @Body({ schema: tenantBody }) body: TenantBody,
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ) {
    if (isTwin(id)) throw refusal('twin_follows_tenant');
    // Before the tenant is told, so that ingestion finds the topics when it hears of it. Without Kafka the change is
    // committed all the same, and the answer is a 503.
    const topics = await this.inboundTopics
      .ensure([id, twinIdOf(id)])
      .catch((error: Error) => error);
    const answer = await this.commands.run({ request, reply }, id, (tx) => putTenant(tx, id, body));
    if (topics instanceof Error) {
      this.inboundTopics.reconcile();
      throw topics;
    }
    return answer;
  }

  @Get(':id')
  async get(@Param({ schema: tenantParams }) { id }: z.output<typeof tenantParams>) {
    const stored = await this.commands.read(id, (tx) =>
      findLatestVersion<TenantDocument>(tx, { tenant: id, kind: 'tenant', key: id }),
    );
    if (!stored) throw refusal('unknown_tenant');
    return tenantAnswer(stored);
  }
}
