import { Body, Controller, Get, Param, Post, Query, Req, Res } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { z } from 'zod';
import { CallerTenant, RequiresScope } from '@farthing/adapters/http/bearer-auth';
import { Commands } from '../commands.js';
import { refusal } from '../errors.js';
import { keyPageQuery, readThingPage } from '../versions/thing-page.js';
import type { KeyPageQuery } from '../versions/thing-page.js';
import { keyParams, keyVersionParams } from '../versions/thing-params.js';
import { findLatestVersion, findVersion } from '../versions/versions.repository.js';
import { addPrice } from './add-price.js';
import { priceAnswer, priceBody } from './price.schema.js';
import type { PriceAnswer, PriceBody, PriceDocument } from './price.schema.js';

@Controller('v1/prices')
@RequiresScope('catalog:read')
export class PricesController {
  constructor(private readonly commands: Commands) {}

  @Post()
  @RequiresScope('catalog:write')
  add(
    @CallerTenant() tenant: string,
    @Body({ schema: priceBody }) body: PriceBody,
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ) {
    return this.commands.run({ request, reply }, tenant, (tx) => addPrice(tx, tenant, body));
  }

  @Get()
  list(@CallerTenant() tenant: string, @Query({ schema: keyPageQuery }) query: KeyPageQuery) {
    const list = { tenant, kind: 'price', query, present: priceAnswer } as const;
    return this.commands.read(tenant, (tx) => readThingPage<PriceDocument, PriceAnswer>(tx, list));
  }

  @Get(':key')
  async get(
    @CallerTenant() tenant: string,
    @Param({ schema: keyParams }) { key }: z.output<typeof keyParams>,
  ) {
    const stored = await this.commands.read(tenant, (tx) =>
      findLatestVersion<PriceDocument>(tx, { tenant, kind: 'price', key }),
    );
    if (!stored) throw refusal('unknown_thing');
    return priceAnswer(stored);
  }

  @Get(':key/versions/:version')
  async getVersion(
    @CallerTenant() tenant: string,
    @Param({ schema: keyVersionParams }) named: z.output<typeof keyVersionParams>,
  ) {
    const { key, version } = named;
    const stored = await this.commands.read(tenant, (tx) =>
      findVersion<PriceDocument>(tx, { tenant, kind: 'price', key }, version),
    );
    if (!stored) throw refusal('unknown_thing');
    return priceAnswer(stored);
  }
}
