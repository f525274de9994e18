import { Controller, Get, Inject, Query } from '@nestjs/common';
import { z } from 'zod';
import { CallerTenant, RequiresScope } from '@farthing/adapters/http/bearer-auth';
import { idText } from '../query-fields.js';
import { Reads } from '../reads.js';
import { selectCounts } from './event-counts.repository.js';

const countsQuery = z.object({ source: idText.optional() });

@Controller('v1/event-counts')
@RequiresScope('usage:read')
export class EventCountsController {
  constructor(@Inject(Reads) private readonly reads: Reads) {}

  @Get()
  async read(
    @CallerTenant() tenant: string,
    @Query({ schema: countsQuery }) { source }: z.output<typeof countsQuery>,
  ) {
    const counts = await this.reads.asTenant(tenant, (tx) => selectCounts(tx, { tenant, source }));
    return {
      counts: counts.map(({ outcome, reason, events }) => ({
        outcome,
        ...(reason !== '' && { reason }),
        count: events,
      })),
      charged: counts.reduce((sum, { charged }) => sum + charged, 0),
    };
  }
}
