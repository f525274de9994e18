import { Controller, Get, Inject, Param } from '@nestjs/common';
import { CallerTenant, RequiresScope } from '@farthing/adapters/http/bearer-auth';
import type { z } from 'zod';
import { Commands } from '../commands.js';
import { idParam } from '../grant/grant.schema.js';
import { readWallet } from './read-wallet.js';

@Controller('v1/customers/:id/wallet')
export class WalletController {
  constructor(@Inject(Commands) private readonly commands: Commands) {}

  @Get()
  @RequiresScope('wallets:read')
  show(
    @CallerTenant() tenant: string,
    @Param({ schema: idParam }) { id: customer }: z.output<typeof idParam>,
  ): Promise<unknown> {
    const now = this.commands.clock.nowMicros();
    return this.commands.read(tenant, (tx) => readWallet(tx, { tenant, customer, now }));
  }
}
