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
import { archivePrice } from './archive-price.js';
import { findArchivedPrices, isPriceArchived } from './archived-prices.repository.js';
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

  @Post(':key/archive')
  @RequiresScope('catalog:write')
  archive(
    @CallerTenant() tenant: string,
    @Param({ schema: keyParams }) { key }: z.output<typeof keyParams>,
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ) {
    return this.commands.run({ request, reply }, tenant, (tx) =>
      archivePrice(tx, { tenant, key }, true),
    );
  }

  @Post(':key/restore')
  @RequiresScope('catalog:write')
  restore(
    @CallerTenant() tenant: string,
    @Param({ schema: keyParams }) { key }: z.output<typeof keyParams>,
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ) {
    return this.commands.run({ request, reply }, tenant, (tx) =>
      archivePrice(tx, { tenant, key }, false),
    );
  }

  @Get()
  list(@CallerTenant() tenant: string, @Query({ schema: keyPageQuery }) query: KeyPageQuery) {
    const list = { tenant, kind: 'price', query, present: priceAnswer } as const;
    return this.commands.read(tenant, async (tx) => {
      const page = await readThingPage<PriceDocument, PriceAnswer>(tx, list);
      const archived = await findArchivedPrices(
        tx,
        tenant,
        page.items.map(({ key }) => key),
      );
      const items = page.items.map((item) => ({ ...item, archived: archived.has(item.key) }));
      return { ...page, items };
    });
  }

  @Get(':key')
  get(
    @CallerTenant() tenant: string,
    @Param({ schema: keyParams }) { key }: z.output<typeof keyParams>,
  ) {
    return this.commands.read(tenant, async (tx) => {
      const stored = await findLatestVersion<PriceDocument>(tx, { tenant, kind: 'price', key });
      if (!stored) throw refusal('unknown_thing');
      return { ...priceAnswer(stored), archived: await isPriceArchived(tx, { tenant, key }) };
    });
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
