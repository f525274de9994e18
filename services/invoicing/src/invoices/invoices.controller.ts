import { CallerTenant, RequiresScope } from '@farthing/adapters/http/bearer-auth';
import { decodeCursor } from '@farthing/adapters/http/cursor';
import { formatNanos } from '@farthing/domain/money/nanos';
import { formatMicros } from '@farthing/domain/period/micros';
import { Controller, Get, Inject, Param, Query, Res } from '@nestjs/common';
import type { FastifyReply } from 'fastify';
import { z } from 'zod';
import { API_PARTS, readAs, type ApiParts } from '../api-parts.js';
import { problemOf } from '../errors.js';
import { listDocument, listQuery } from '../list-query.js';
import { formatInvoiceNumber } from './invoice-number.js';
import { listInvoices, readInvoice, type InvoiceRow } from './read-invoices.js';

const query = listQuery.extend({
  run: z.string().max(64).optional(),
  customer: z.string().max(255).optional(),
});
const cursor = z.tuple([z.string().regex(/^\d{1,18}$/)]);
const CSV = '.csv';

@Controller('v1/invoices')
@RequiresScope('billing:read')
export class InvoicesController {
  constructor(@Inject(API_PARTS) private readonly parts: ApiParts) {}

  @Get()
  async list(
    @CallerTenant() tenant: string,
    @Query({ schema: query }) { run, customer, limit, after }: z.output<typeof query>,
  ) {
    const number = decodeCursor(after, cursor)?.[0];
    const from = number === undefined ? undefined : BigInt(number);
    const filter = { run, customer, after: from, limit: limit + 1 };
    const rows = await readAs(this.parts, tenant, (tx) => listInvoices(tx, tenant, filter));
    return listDocument(rows, limit, {
      itemOf: invoiceItem,
      cursorOf: (row) => [row.number.toString()],
    });
  }

  /** `{id}` answers the canonical bytes that were hashed, `{id}.csv` the same lines as a table. */
  @Get(':name')
  async show(
    @CallerTenant() tenant: string,
    @Param('name') name: string,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    const isCsv = name.endsWith(CSV);
    const id = isCsv ? name.slice(0, -CSV.length) : name;
    const invoice = await readAs(this.parts, tenant, (tx) => readInvoice(tx, tenant, id));
    if (!invoice) throw problemOf('invoice_not_found');
    if (!isCsv) {
      await reply.type('application/json').send(invoice.document);
      return;
    }
    void reply.header('content-disposition', `attachment; filename="${id}.csv"`);
    await reply.type('text/csv; charset=utf-8').send(invoice.csv);
  }
}

function invoiceItem(row: InvoiceRow) {
  return {
    id: row.invoice,
    number: formatInvoiceNumber(row.number),
    customer: row.customer,
    currency: row.currency,
    from: formatMicros(row.from),
    to: formatMicros(row.to),
    state: 'finalized',
    net: formatNanos(row.netNanos),
    tax: formatNanos(row.taxNanos),
    total: formatNanos(row.totalNanos),
    statement: row.statement,
    run: row.run,
  };
}
