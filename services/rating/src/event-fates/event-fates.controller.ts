import { Controller, Get, Inject, Query } from '@nestjs/common';
import { z } from 'zod';
import { CallerTenant, RequiresScope } from '@farthing/adapters/http/bearer-auth';
import { idText } from '../query-fields.js';
import { Reads } from '../reads.js';
import { LogLag } from './log-lag.js';
import { readEventFate } from './read-event-fate.js';

const fateQuery = z.object({ source: idText, id: idText });

@Controller('v1/event-fates')
@RequiresScope('usage:read')
export class EventFatesController {
  constructor(
    @Inject(Reads) private readonly reads: Reads,
    @Inject(LogLag) private readonly lag: LogLag,
  ) {}

  @Get()
  async read(
    @CallerTenant() tenant: string,
    @Query({ schema: fateQuery }) { source, id }: z.output<typeof fateQuery>,
  ) {
    const { view } = this.reads;
    const fate = await this.reads.asTenant(tenant, (tx) =>
      readEventFate(tx, view, { tenant, source, id }),
    );
    // "Not seen" means nothing without how much there is still to see.
    return fate.outcome === 'not_seen' ? { ...fate, lag: await this.lag.records() } : fate;
  }
}
