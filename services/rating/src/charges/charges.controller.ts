import { Controller, Get, Inject, Param, Query } from '@nestjs/common';
import { z } from 'zod';
import { CallerTenant, RequiresScope } from '@farthing/adapters/http/bearer-auth';
import { decodeCursor, pageOf, pageQuery } from '@farthing/adapters/http/cursor';
import { parseChargeId } from '@farthing/domain/rating/charge-id';
import { readRefund } from '../adjustments/refund-view.js';
import { refusalProblem } from '../errors.js';
import { chargeParams, idText, instant } from '../query-fields.js';
import { Reads } from '../reads.js';
import { chargeView, explainedChargeView } from './charge-view.js';
import { selectChargesAt, selectChargesList } from './charges-list.repository.js';

const listQuery = pageQuery.extend({
  customer: idText.optional(),
  from: instant.optional(),
  to: instant.optional(),
});

const cursor = z.tuple([
  z.int().min(0),
  z.string().regex(/^\d{1,19}$/),
  z.int().min(0),
  z.int().min(0),
]);

@Controller('v1/charges')
@RequiresScope('usage:read')
export class ChargesController {
  constructor(@Inject(Reads) private readonly reads: Reads) {}

  @Get()
  async list(
    @CallerTenant() tenant: string,
    @Query({ schema: listQuery }) query: z.output<typeof listQuery>,
  ) {
    const { view } = this.reads;
    const [partition, offset, index, n] = decodeCursor(query.after, cursor) ?? [0, '0', 0, -1];
    const { customer, from, to, limit } = query;
    const rows = await this.reads.asTenant(tenant, (tx) =>
      selectChargesList(tx, {
        tenant,
        customer: customer === undefined ? undefined : this.reads.customerOf(tenant, customer),
        from,
        to,
        after: { partition, offset, index, n },
        rows: limit + 1,
      }),
    );
    const page = pageOf(rows, limit, (row) => [
      row.partition,
      row.log_offset,
      row.event_index,
      row.n,
    ]);
    return { ...page, items: page.items.map((row) => chargeView(row, view)) };
  }

  @Get(':id')
  async one(
    @CallerTenant() tenant: string,
    @Param({ schema: chargeParams }) { id }: z.output<typeof chargeParams>,
  ) {
    const origin = parseChargeId(id);
    if (!origin) throw refusalProblem('charge_not_found');
    const { row, refund } = await this.reads.asTenant(tenant, async (tx) => ({
      row: (await selectChargesAt(tx, tenant, origin))[0],
      refund: await readRefund(tx, { tenant, id }),
    }));
    if (!row) throw refusalProblem('charge_not_found');
    return { ...explainedChargeView(row, this.reads.view), ...(refund && { refund }) };
  }
}
