import { Controller, Get, Inject, Query } from '@nestjs/common';
import { z } from 'zod';
import { CallerTenant, RequiresScope } from '@farthing/adapters/http/bearer-auth';
import { decodeCursor, pageOf, pageQuery } from '@farthing/adapters/http/cursor';
import { needsMemory } from '@farthing/domain/metering/accumulate';
import type { Meter } from '@farthing/domain/metering/meter';
import { formatQuantity } from '@farthing/domain/metering/quantity';
import { formatNanos } from '@farthing/domain/money/nanos';
import { quantityInUnit } from '@farthing/domain/pricing/quantity-in-unit';
import { idText, instant } from '../query-fields.js';
import { Reads } from '../reads.js';
import { creatorUsage } from './creator-usage.js';
import {
  selectSharedCharges,
  selectUsage,
  USAGE_DIMENSIONS,
  type UsageDimension,
  type UsageRow,
} from './usage-report.repository.js';

/** 2200-01-01, beyond which no event occurs. */
const END_OF_TIME = Date.UTC(2200, 0) * 1_000 - 1;

const usageQuery = pageQuery.extend({
  from: instant.default(0),
  to: instant.default(END_OF_TIME),
  customer: idText.optional(),
  meter: idText.optional(),
  groupBy: z
    .string()
    .default('meter')
    .transform((text) => [...new Set(text.split(','))])
    .pipe(
      z.union([
        z.tuple([z.literal('creator')]),
        z.array(z.enum(USAGE_DIMENSIONS)).min(1, 'must name a dimension'),
      ]),
    ),
});

@Controller('v1/usage')
@RequiresScope('usage:read')
export class UsageController {
  constructor(@Inject(Reads) private readonly reads: Reads) {}

  @Get()
  async read(
    @CallerTenant() tenant: string,
    @Query({ schema: usageQuery }) query: z.output<typeof usageQuery>,
  ) {
    const { meter, from, to, limit } = query;
    const customer =
      query.customer === undefined ? undefined : this.reads.customerOf(tenant, query.customer);
    const filter = { tenant, customer, meter, from, to };
    if (query.groupBy[0] === 'creator') return this.#byCreator(tenant, filter, query);
    const groupBy = query.groupBy as UsageDimension[];
    const after = decodeCursor(query.after, z.array(z.string()).length(groupBy.length + 1));
    const rows = await this.reads.asTenant(tenant, (tx) =>
      selectUsage(tx, filter, { groupBy, after, rows: limit + 1 }),
    );
    const page = pageOf(rows, limit, (row) => [
      ...groupBy.map((name) => row[name] ?? ''),
      row.currency,
    ]);
    // Bytes and articles have no sum.
    const oneMeter = groupBy.includes('meter') || groupBy.includes('price') || meter !== undefined;
    const { view } = this.reads;
    const items = page.items.map((row) => {
      const meterOfRow = view.meterAt(tenant, row.meter ?? meter ?? '', view.version);
      return usageView(row, groupBy, oneMeter ? measureOf(row, meterOfRow) : {});
    });
    return { ...page, items };
  }

  async #byCreator(
    tenant: string,
    filter: Parameters<typeof selectSharedCharges>[1],
    { after, limit }: { readonly after?: string | undefined; readonly limit: number },
  ) {
    const rows = await this.reads.asTenant(tenant, (tx) => selectSharedCharges(tx, filter));
    const [creator, currency] = decodeCursor(after, z.tuple([z.string(), z.string()])) ?? ['', ''];
    const all = creatorUsage(rows, { tenant, view: this.reads.view }).filter(
      (one) => one.creator > creator || (one.creator === creator && one.currency > currency),
    );
    const page = pageOf(all, limit, (one) => [one.creator, one.currency]);
    return {
      ...page,
      items: page.items.map((one) => ({ ...one, amount: formatNanos(one.amount) })),
    };
  }
}

/** How much was used. Of a meter that only a price remembers for, what none charged is counted by its readings. */
function measureOf(row: UsageRow, meter: Meter | undefined) {
  if (row.currency === '' && meter && needsMemory(meter.aggregation)) {
    return { readings: Number(row.readings) };
  }
  const quantity = BigInt(row.quantity);
  const unit = meter?.unit;
  return {
    quantity: formatQuantity(quantity),
    ...(unit && { inUnit: { quantity: quantityInUnit(quantity, unit), unit: unit.name } }),
  };
}

function usageView(row: UsageRow, groupBy: readonly UsageDimension[], measure: object) {
  return {
    ...Object.fromEntries(groupBy.map((name) => [name, row[name]])),
    ...measure,
    ...(row.currency !== '' && { currency: row.currency }),
    amount: formatNanos(BigInt(row.amount)),
    charges: Number(row.charges),
  };
}
