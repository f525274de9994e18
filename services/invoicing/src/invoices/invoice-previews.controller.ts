import { CallerTenant, RequiresScope } from '@farthing/adapters/http/bearer-auth';
import { finalizeInvoice } from '@farthing/domain/invoice/finalize-invoice';
import { Controller, Get, Inject, Param } from '@nestjs/common';
import { API_PARTS, readAs, type ApiParts } from '../api-parts.js';
import { problemOf } from '../errors.js';
import { billingSettings } from './billing-settings.js';
import { draftPeriod } from './draft-period.js';
import {
  customerCurrencyId,
  readBalances,
  readOpenPeriods,
  readPeriodLines,
} from './period-inputs.repository.js';

/** What the open periods would bill if they closed now, by the code that closes them. */
@Controller('v1/customers')
@RequiresScope('billing:read')
export class InvoicePreviewsController {
  constructor(@Inject(API_PARTS) private readonly parts: ApiParts) {}

  @Get(':id/invoice-preview')
  async preview(@CallerTenant() tenant: string, @Param('id') customer: string) {
    const { view } = this.parts.catalog;
    const settings = billingSettings(view, tenant, view.version);
    if (!settings) throw problemOf('tenant_unknown');
    return readAs(this.parts, tenant, async (tx) => {
      const only = { firstCustomer: customer, lastCustomer: customer };
      const periods = await readOpenPeriods(tx, tenant, only);
      const names = periods.map(({ statement }) => statement);
      const lines = await readPeriodLines(tx, tenant, names);
      const open = await readBalances(tx, tenant, [customer]);
      const previews = periods.map((period) => {
        const id = customerCurrencyId(period);
        // Wallets tell who paid a little later than rating tells what was charged.
        const known = (lines.get(period.statement) ?? []).map((line) => ({
          ...line,
          receivableNanos: line.chargeNanos - line.walletNanos,
        }));
        const outcome = draftPeriod(period, known, { previous: open.get(id) ?? [], settings });
        if (outcome.outcome === 'refused') throw problemOf('draft_refused', outcome.detail);
        const { draft } = outcome;
        open.set(id, [...draft.balances]);
        const statement = { id: period.statement, root: '' };
        const shown = finalizeInvoice(
          { ...draft, disposition: 'invoice' },
          { number: '', issueDate: '', run: '', statement },
        );
        const {
          v: _v,
          number: _number,
          issueDate: _date,
          run: _run,
          statementRoot: _root,
          ...rest
        } = shown;
        return { ...rest, disposition: draft.disposition };
      });
      return { customer, previews };
    });
  }
}
