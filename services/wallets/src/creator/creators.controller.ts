import { Controller, Get, Inject, Param } from '@nestjs/common';
import { CallerTenant, RequiresScope } from '@farthing/adapters/http/bearer-auth';
import type { z } from 'zod';
import { Commands } from '../commands.js';
import { idParam } from '../grant/grant.schema.js';
import { readCreatorBalance } from './read-creator-balance.js';

@Controller('v1/creators/:id/balance')
export class CreatorsController {
  constructor(@Inject(Commands) private readonly commands: Commands) {}

  @Get()
  @RequiresScope('wallets:read')
  show(
    @CallerTenant() tenant: string,
    @Param({ schema: idParam }) { id: creator }: z.output<typeof idParam>,
  ): Promise<unknown> {
    return this.commands.read(tenant, (tx) => readCreatorBalance(tx, { tenant, creator }));
  }
}
