import { CallerTenant, RequiresScope } from '@farthing/adapters/http/bearer-auth';
import { decodeCursor } from '@farthing/adapters/http/cursor';
import { formatNanos } from '@farthing/domain/money/nanos';
import { Controller, Get, Inject, Query } from '@nestjs/common';
import { z } from 'zod';
import { API_PARTS, readAs, type ApiParts } from '../api-parts.js';
import { listDocument, listQuery } from '../list-query.js';
import { listResiduals } from './read-invoices.js';

const cursor = z.tuple([z.string(), z.string(), z.string()]);

@Controller('v1/residuals')
@RequiresScope('billing:read')
export class ResidualsController {
  constructor(@Inject(API_PARTS) private readonly parts: ApiParts) {}

  @Get()
  async list(
    @CallerTenant() tenant: string,
    @Query({ schema: listQuery }) { limit, after }: z.output<typeof listQuery>,
  ) {
    const page = { after: decodeCursor(after, cursor), limit: limit + 1 };
    const rows = await readAs(this.parts, tenant, (tx) => listResiduals(tx, tenant, page));
    return listDocument(rows, limit, {
      itemOf: ({ customer, currency, taxCategory, residualNanos }) => ({
        customer,
        currency,
        taxCategory,
        amount: formatNanos(residualNanos),
      }),
      cursorOf: (row) => [row.customer, row.currency, row.taxCategory],
    });
  }
}
