import { Readable } from 'node:stream';
import { CallerTenant, RequiresScope } from '@farthing/adapters/http/bearer-auth';
import { decodeCursor } from '@farthing/adapters/http/cursor';
import { formatNanos } from '@farthing/domain/money/nanos';
import { formatMicros } from '@farthing/domain/period/micros';
import { parseChargeId } from '@farthing/domain/rating/charge-id';
import { Controller, Get, Header, Inject, Param, Query, StreamableFile } from '@nestjs/common';
import { z } from 'zod';
import { API_PARTS, readAs, type ApiParts } from '../api-parts.js';
import { problemOf } from '../errors.js';
import { listDocument, listQuery } from '../list-query.js';
import {
  listStatements,
  readChargePath,
  readLeafOf,
  readStatement,
  type StatementRow,
} from './read-statements.js';
import { openStatement, statementCharges, statementFile } from './statement-file.js';

const query = listQuery.extend({
  run: z.string().max(64).optional(),
  customer: z.string().max(255).optional(),
});
const cursor = z.tuple([z.string(), z.string(), z.number()]);
const NDJSON = { type: 'application/x-ndjson' };

@Controller('v1/statements')
@RequiresScope('billing:read')
export class StatementsController {
  constructor(@Inject(API_PARTS) private readonly parts: ApiParts) {}

  @Get()
  async list(
    @CallerTenant() tenant: string,
    @Query({ schema: query }) { run, customer, limit, after }: z.output<typeof query>,
  ) {
    const filter = { run, customer, after: decodeCursor(after, cursor), limit: limit + 1 };
    const rows = await readAs(this.parts, tenant, (tx) => listStatements(tx, tenant, filter));
    return listDocument(rows, limit, {
      itemOf: statementItem,
      cursorOf: (row) => [row.customer, row.currency, row.from],
    });
  }

  /** The canonical bytes that are sealed. */
  @Get(':id')
  @Header('content-type', 'application/json')
  async show(@CallerTenant() tenant: string, @Param('id') id: string): Promise<string> {
    const row = await readAs(this.parts, tenant, (tx) => readStatement(tx, tenant, id));
    if (!row) throw problemOf('statement_not_found');
    return row.canonical;
  }

  @Get(':id/file')
  async file(@CallerTenant() tenant: string, @Param('id') id: string): Promise<StreamableFile> {
    const statement = await openStatement(this.parts, tenant, id);
    if (!statement) throw problemOf('statement_not_found');
    return new StreamableFile(Readable.from(statementFile(this.parts, tenant, statement)), NDJSON);
  }

  @Get(':id/charges')
  async charges(@CallerTenant() tenant: string, @Param('id') id: string): Promise<StreamableFile> {
    const row = await readAs(this.parts, tenant, (tx) => readStatement(tx, tenant, id));
    if (!row) throw problemOf('statement_not_found');
    return new StreamableFile(Readable.from(statementCharges(this.parts, tenant, id)), NDJSON);
  }

  /** That a charge is in the statement: its leaf, and the hashes from it to the root. */
  @Get(':id/proofs/:chargeId')
  async proof(
    @CallerTenant() tenant: string,
    @Param('id') id: string,
    @Param('chargeId') chargeId: string,
  ) {
    const origin = parseChargeId(chargeId);
    if (!origin) throw problemOf('charge_not_found');
    return readAs(this.parts, tenant, async (tx) => {
      const row = await readStatement(tx, tenant, id);
      if (!row) throw problemOf('statement_not_found');
      const leaf = await readLeafOf(tx, tenant, origin);
      if (leaf?.statement !== id) throw problemOf('not_in_the_statement');
      const place = { statement: id, index: leaf.leafIndex, size: row.charges };
      return {
        statement: id,
        charge: chargeId,
        leaf: JSON.parse(leaf.leaf) as unknown,
        hash: leaf.hash,
        index: place.index,
        size: place.size,
        path: await readChargePath(tx, tenant, place),
        root: row.root,
      };
    });
  }
}

function statementItem(row: StatementRow) {
  return {
    id: row.statement,
    customer: row.customer,
    currency: row.currency,
    from: formatMicros(row.from),
    to: formatMicros(row.to),
    charges: row.charges,
    sum: formatNanos(row.sumNanos),
    root: row.root,
    run: row.run,
  };
}
