import { Controller, Get, Query } from '@nestjs/common';
import { CallerTenant, RequiresScope } from '@farthing/adapters/http/bearer-auth';
import { Commands } from '../commands.js';
import { priceListQuery } from './price-list.schema.js';
import type { PriceListQuery } from './price-list.schema.js';
import { PriceListReader } from './read-price-list.js';

@Controller('v1/price-list')
@RequiresScope('catalog:read')
export class PriceListController {
  constructor(
    private readonly commands: Commands,
    private readonly reader: PriceListReader,
  ) {}

  @Get()
  read(@CallerTenant() tenant: string, @Query({ schema: priceListQuery }) query: PriceListQuery) {
    return this.commands.read(tenant, (tx) => this.reader.read(tx, tenant, query));
  }
}
