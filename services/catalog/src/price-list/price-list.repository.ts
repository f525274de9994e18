import type { Transaction } from '@farthing/adapters/postgres/transaction';
import type { PriceDocument } from '../prices/price.schema.js';
import { versionFromRow, VERSION_COLUMNS } from '../versions/versions.repository.js';
import type { StoredVersion, VersionRow } from '../versions/versions.repository.js';

/** All versions of these price keys, oldest first. */
export async function listPriceVersions(
  tx: Transaction,
  tenant: string,
  keys: readonly string[],
): Promise<StoredVersion<PriceDocument>[]> {
  const rows = await tx.query<VersionRow<PriceDocument>>(
    `select ${VERSION_COLUMNS} from versions
      where tenant = $1::text and kind = 'price' and key = any($2::text[])
      order by key, version`,
    [tenant, keys],
  );
  return rows.map(versionFromRow);
}
