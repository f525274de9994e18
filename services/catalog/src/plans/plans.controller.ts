import { Body, Controller, Get, Param, Put, Query, Req, Res } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { z } from 'zod';
import { CallerTenant, RequiresScope } from '@farthing/adapters/http/bearer-auth';
import { Commands } from '../commands.js';
import { refusal } from '../errors.js';
import { keyPageQuery, readThingPage } from '../versions/thing-page.js';
import type { KeyPageQuery } from '../versions/thing-page.js';
import { keyParams } from '../versions/thing-params.js';
import { findLatestVersion } from '../versions/versions.repository.js';
import { planAnswer, planBody } from './plan.schema.js';
import type { PlanAnswer, PlanBody, PlanDocument } from './plan.schema.js';
import { putPlan } from './put-plan.js';

@Controller('v1/plans')
@RequiresScope('catalog:read')
export class PlansController {
  constructor(private readonly commands: Commands) {}

  @Put(':key')
  @RequiresScope('catalog:write')
  put(
    @CallerTenant() tenant: string,
    @Param({ schema: keyParams }) { key }: z.output<typeof keyParams>,
    @Body({ schema: planBody }) body: PlanBody,
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ) {
    return this.commands.run({ request, reply }, tenant, (tx) =>
      putPlan(tx, { tenant, key }, body),
    );
  }

  @Get()
  list(@CallerTenant() tenant: string, @Query({ schema: keyPageQuery }) query: KeyPageQuery) {
    const list = { tenant, kind: 'plan', query, present: planAnswer } as const;
    return this.commands.read(tenant, (tx) => readThingPage<PlanDocument, PlanAnswer>(tx, list));
  }

  @Get(':key')
  async get(
    @CallerTenant() tenant: string,
    @Param({ schema: keyParams }) { key }: z.output<typeof keyParams>,
  ) {
    const stored = await this.commands.read(tenant, (tx) =>
      findLatestVersion<PlanDocument>(tx, { tenant, kind: 'plan', key }),
    );
    if (!stored) throw refusal('unknown_thing');
    return planAnswer(stored);
  }
}
