import { Controller, Get, Inject, Query } from '@nestjs/common';
import { z } from 'zod';
import { CallerTenant, RequiresScope } from '@farthing/adapters/http/bearer-auth';
import { decodeCursor, pageOf, pageQuery } from '@farthing/adapters/http/cursor';
import { needsMemory } from '@farthing/domain/metering/accumulate';
import { formatQuantity } from '@farthing/domain/metering/quantity';
import { formatNanos } from '@farthing/domain/money/nanos';
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
    const ofRow = (row: UsageRow) =>
      !oneMeter ? 'none' : this.#isRemembered(tenant, row, meter) ? 'readings' : 'quantity';
    return { ...page, items: page.items.map((row) => usageView(row, groupBy, ofRow(row))) };
  }

  /** Whether its quantity would be one that only a price remembers, and no price has. */
  #isRemembered(tenant: string, row: UsageRow, meter: string | undefined): boolean {
    if (row.currency !== '') return false;
    const { view } = this.reads;
    const found = view.meterAt(tenant, row.meter ?? meter ?? '', view.version);
    return found !== undefined && needsMemory(found.aggregation);
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

/** `measure`: what says how much was used. */
function usageView(
  row: UsageRow,
  groupBy: readonly UsageDimension[],
  measure: 'none' | 'quantity' | 'readings',
) {
  return {
    ...Object.fromEntries(groupBy.map((name) => [name, row[name]])),
    ...(measure === 'quantity' && { quantity: formatQuantity(BigInt(row.quantity)) }),
    ...(measure === 'readings' && { readings: Number(row.readings) }),
    ...(row.currency !== '' && { currency: row.currency }),
    amount: formatNanos(BigInt(row.amount)),
    charges: Number(row.charges),
  };
}
