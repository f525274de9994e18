import { Controller, Get, Inject, Query } from '@nestjs/common';
import type { z } from 'zod';
import { CallerTenant, RequiresScope } from '@farthing/adapters/http/bearer-auth';
import { decodeCursor, pageOf, pageQuery } from '@farthing/adapters/http/cursor';
import { formatPosition } from '@farthing/domain/rating/position';
import { positionCursor } from '../query-fields.js';
import { Reads } from '../reads.js';
import { selectRefused, type RefusedKind, type RefusedRow } from './refused-events.repository.js';

type PageQuery = z.output<typeof pageQuery>;

/** What was refused, and what could not be stored: with its bytes, so that it can be sent again. */
@Controller('v1')
@RequiresScope('usage:read')
export class RefusedEventsController {
  constructor(@Inject(Reads) private readonly reads: Reads) {}

  @Get('rejected-events')
  async rejected(@CallerTenant() tenant: string, @Query({ schema: pageQuery }) query: PageQuery) {
    const page = await this.#page(tenant, 'rejected', query);
    return {
      ...page,
      items: page.items.map((row) => ({
        position: positionOf(row),
        code: row.code,
        detail: row.detail,
        pointer: row.pointer,
        ...identityOf(row),
      })),
    };
  }

  @Get('dead-letters')
  async deadLetters(
    @CallerTenant() tenant: string,
    @Query({ schema: pageQuery }) query: PageQuery,
  ) {
    const page = await this.#page(tenant, 'deadLetters', query);
    return {
      ...page,
      items: page.items.map((row) => ({
        position: positionOf(row),
        reason: row.code,
        detail: row.detail,
        attempts: row.attempts,
        ...identityOf(row),
      })),
    };
  }

  async #page(tenant: string, kind: RefusedKind, { after, limit }: PageQuery) {
    const [partition, offset, index] = decodeCursor(after, positionCursor) ?? [-1, '0', 0];
    const rows = await this.reads.asTenant(tenant, (tx) =>
      selectRefused(tx, kind, { tenant, after: { partition, offset, index }, rows: limit + 1 }),
    );
    return pageOf(rows, limit, (row) => [row.partition, row.log_offset, row.event_index]);
  }
}

export function positionOf(row: RefusedRow): string {
  return formatPosition({
    generation: row.generation,
    partition: row.partition,
    offset: BigInt(row.log_offset),
    index: row.event_index,
  });
}

function identityOf(row: RefusedRow) {
  return {
    source: row.source,
    event: row.event_id,
    subject: row.customer,
    bytes: row.bytes.toString('base64'),
  };
}
