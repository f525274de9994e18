import {
  Body,
  Controller,
  Delete,
  Get,
  HttpCode,
  Param,
  Post,
  Query,
  Req,
  Res,
} from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { z } from 'zod';
import { CallerTenant, RequiresScope } from '@farthing/adapters/http/bearer-auth';
import { pageOf } from '@farthing/adapters/http/cursor';
import { Commands } from '../commands.js';
import { refusal } from '../errors.js';
import { priceBody, type PriceBody } from '../prices/price.schema.js';
import { afterKey, keyPageQuery, type KeyPageQuery } from '../versions/thing-page.js';
import { keyParams } from '../versions/thing-params.js';
import { discardDraft } from './discard-draft.js';
import { findPriceDraft, listPriceDrafts } from './price-drafts.repository.js';
import { publishDraft } from './publish-draft.js';
import { presentDrafts, saveDraft } from './save-draft.js';

type KeyParams = z.output<typeof keyParams>;

@Controller('v1/price-drafts')
@RequiresScope('catalog:read')
export class PriceDraftsController {
  constructor(private readonly commands: Commands) {}

  @Post()
  @RequiresScope('catalog:write')
  save(
    @CallerTenant() tenant: string,
    @Body({ schema: priceBody }) body: PriceBody,
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ) {
    return this.commands.run({ request, reply }, tenant, (tx) => saveDraft(tx, tenant, body));
  }

  @Post(':key/publish')
  @RequiresScope('catalog:write')
  publish(
    @CallerTenant() tenant: string,
    @Param({ schema: keyParams }) { key }: KeyParams,
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ) {
    return this.commands.run({ request, reply }, tenant, (tx) => publishDraft(tx, { tenant, key }));
  }

  @Delete(':key')
  @HttpCode(204)
  @RequiresScope('catalog:write')
  discard(
    @CallerTenant() tenant: string,
    @Param({ schema: keyParams }) { key }: KeyParams,
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ) {
    return this.commands.run({ request, reply }, tenant, (tx) => discardDraft(tx, { tenant, key }));
  }

  @Get()
  list(@CallerTenant() tenant: string, @Query({ schema: keyPageQuery }) query: KeyPageQuery) {
    return this.commands.read(tenant, async (tx) => {
      const range = { after: afterKey(query), count: query.limit + 1 };
      const drafts = await listPriceDrafts(tx, tenant, range);
      const page = pageOf(drafts, query.limit, ({ key }) => [key]);
      return { ...page, items: await presentDrafts(tx, tenant, page.items) };
    });
  }

  @Get(':key')
  get(@CallerTenant() tenant: string, @Param({ schema: keyParams }) { key }: KeyParams) {
    return this.commands.read(tenant, async (tx) => {
      const draft = await findPriceDraft(tx, { tenant, key });
      if (!draft) throw refusal('unknown_thing');
      const [answer] = await presentDrafts(tx, tenant, [draft]);
      return answer;
    });
  }
}
