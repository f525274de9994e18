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
import { meterAnswer, meterBody } from './meter.schema.js';
import type { MeterAnswer, MeterBody, MeterDocument } from './meter.schema.js';
import { putMeter } from './put-meter.js';

@Controller('v1/meters')
@RequiresScope('catalog:read')
export class MetersController {
  constructor(private readonly commands: Commands) {}

  @Put(':key')
  @RequiresScope('catalog:write')
  put(
    @CallerTenant() tenant: string,
    @Param({ schema: keyParams }) { key }: z.output<typeof keyParams>,
    @Body({ schema: meterBody }) body: MeterBody,
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ) {
    return this.commands.run({ request, reply }, tenant, (tx) =>
      putMeter(tx, { tenant, key }, body),
    );
  }

  @Get()
  list(@CallerTenant() tenant: string, @Query({ schema: keyPageQuery }) query: KeyPageQuery) {
    const list = { tenant, kind: 'meter', query, present: meterAnswer } as const;
    return this.commands.read(tenant, (tx) => readThingPage<MeterDocument, MeterAnswer>(tx, list));
  }

  @Get(':key')
  async get(
    @CallerTenant() tenant: string,
    @Param({ schema: keyParams }) { key }: z.output<typeof keyParams>,
  ) {
    const stored = await this.commands.read(tenant, (tx) =>
      findLatestVersion<MeterDocument>(tx, { tenant, kind: 'meter', key }),
    );
    if (!stored) throw refusal('unknown_thing');
    return meterAnswer(stored);
  }
}
