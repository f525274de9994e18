import { Controller, Get, Inject, Query } from '@nestjs/common';
import { CallerTenant, RequiresScope } from '@farthing/adapters/http/bearer-auth';
import { Commands } from '../commands.js';
import { refusalProblem } from '../errors.js';
import {
  accountsQuery,
  entriesQuery,
  type AccountsQuery,
  type EntriesQuery,
} from './ledger.schema.js';
import { listAccounts } from './list-accounts.js';
import { listEntries } from './list-entries.js';

@Controller('v1/ledger')
@RequiresScope('wallets:read')
export class LedgerController {
  constructor(@Inject(Commands) private readonly commands: Commands) {}

  @Get('accounts')
  accounts(
    @CallerTenant() tenant: string,
    @Query({ schema: accountsQuery }) query: AccountsQuery,
  ): Promise<unknown> {
    return this.commands.read(tenant, (tx) => listAccounts(tx, tenant, query));
  }

  @Get('entries')
  async entries(
    @CallerTenant() tenant: string,
    @Query({ schema: entriesQuery }) query: EntriesQuery,
  ): Promise<unknown> {
    const items = await this.commands.read(tenant, (tx) => listEntries(tx, tenant, query));
    if (!items) throw refusalProblem('account_unknown');
    return items;
  }
}
