import { decodeCursor } from '@farthing/adapters/http/cursor';
import type { Transaction } from '@farthing/adapters/postgres/transaction';
import { z } from 'zod';
import { itemsOf } from '../items.js';
import { grantToJson } from './grant-json.js';
import { GRANT_COLUMNS, GRANT_TABLES, grantFromRow, type GrantRow } from './grants.repository.js';

export interface ListGrants {
  readonly tenant: string;
  readonly customer: string;
  readonly limit: number;
  readonly after?: string | undefined;
}

/** A customer's grants, the expired and the spent ones too, in the order in which they were made. */
export async function listGrants(tx: Transaction, asked: ListGrants) {
  const [createdAt, id] = decodeCursor(asked.after, z.tuple([z.int(), z.string()])) ?? [0, ''];
  const rows = await tx.query<GrantRow>(
    `select ${GRANT_COLUMNS} from ${GRANT_TABLES}
      where g.tenant = $1::text and g.customer = $2::text
        and (g.created_at, g.id) > (timestamptz 'epoch' + $3::bigint * interval '1 microsecond', $4::text)
      order by g.created_at, g.id limit $5::integer`,
    [asked.tenant, asked.customer, createdAt, id, asked.limit + 1],
  );
  return itemsOf(rows.map(grantFromRow), asked.limit, {
    toJson: grantToJson,
    cursorOf: ({ grant }) => [grant.createdAt, grant.id],
  });
}
