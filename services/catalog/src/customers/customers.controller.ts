import {
  Body,
  Controller,
  Delete,
  Get,
  HttpCode,
  Param,
  Patch,
  Put,
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
import { afterKey, keyPageQuery } from '../versions/thing-page.js';
import type { KeyPageQuery } from '../versions/thing-page.js';
import { eraseProfile } from './change-profile.js';
import { patchCustomer, putCustomer } from './change-customer.js';
import { customerAnswer, customerBody, customerParams, profileAnswer } from './customer.schema.js';
import type { CustomerBody } from './customer.schema.js';
import { findCustomer, listCustomers } from './customers.repository.js';
import { PartitionCount } from './partition-count.js';
import { findProfile } from './profiles.repository.js';

type CustomerParams = z.output<typeof customerParams>;

@Controller('v1/customers')
@RequiresScope('catalog:read')
export class CustomersController {
  constructor(
    private readonly commands: Commands,
    private readonly partitions: PartitionCount,
  ) {}

  @Put(':id')
  @RequiresScope('catalog:write')
  put(
    @CallerTenant() tenant: string,
    @Param({ schema: customerParams }) { id }: CustomerParams,
    @Body({ schema: customerBody }) body: CustomerBody,
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ) {
    const change = { tenant, id, body, partitions: this.partitions.value };
    return this.commands.run({ request, reply }, tenant, (tx) => putCustomer(tx, change));
  }

  @Patch(':id')
  @RequiresScope('catalog:write')
  patch(
    @CallerTenant() tenant: string,
    @Param({ schema: customerParams }) { id }: CustomerParams,
    @Body({ schema: customerBody }) body: CustomerBody,
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ) {
    const change = { tenant, id, body, partitions: this.partitions.value };
    return this.commands.run({ request, reply }, tenant, (tx) => patchCustomer(tx, change));
  }

  @Get()
  list(@CallerTenant() tenant: string, @Query({ schema: keyPageQuery }) query: KeyPageQuery) {
    return this.commands.read(tenant, async (tx) => {
      const range = { after: afterKey(query), count: query.limit + 1 };
      const page = pageOf(await listCustomers(tx, tenant, range), query.limit, ({ id }) => [id]);
      return { ...page, items: page.items.map(customerAnswer) };
    });
  }

  @Get(':id')
  get(@CallerTenant() tenant: string, @Param({ schema: customerParams }) { id }: CustomerParams) {
    return this.commands.read(tenant, async (tx) => {
      const customer = await findCustomer(tx, { tenant, id });
      if (!customer) throw refusal('unknown_customer');
      const profile = profileAnswer(await findProfile(tx, { tenant, id }));
      return { ...customerAnswer(customer), ...(profile && { profile }) };
    });
  }

  @Delete(':id/profile')
  @HttpCode(204)
  @RequiresScope('catalog:write')
  eraseProfile(
    @CallerTenant() tenant: string,
    @Param({ schema: customerParams }) { id }: CustomerParams,
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ) {
    return this.commands.run({ request, reply }, tenant, (tx) =>
      eraseProfile(tx, { tenant, id }, this.partitions.value),
    );
  }
}
