import type { Transaction } from '@farthing/adapters/postgres/transaction';
import type { CatalogView } from '@farthing/contracts/catalog/catalog-view';
import type { RatedCharge } from '@farthing/contracts/wire/rated-charge';
import { decodeRatedMessage, encodeRatedMessage } from '@farthing/contracts/wire/rated-message';
import { ratedChargeFromRow } from '../charges/charge-row.js';
import { selectChargesOfRange } from '../charges/charges-of-range.js';
import type { StoredRange } from './ranges.repository.js';

/** The bytes of a rated message, made again from its row and the charges of its range: the same, byte for byte. */
export async function rebuildRange(
  tx: Transaction,
  view: CatalogView,
  range: StoredRange,
): Promise<Buffer> {
  const frame = decodeRatedMessage(range.frame);
  const rows =
    range.tenants.length === 0
      ? []
      : await selectChargesOfRange(tx, { from: frame.from, to: frame.to, ...keysOf(range) });
  const charges: RatedCharge[] = rows.map((row) => ratedChargeFromRow(row, view));
  return encodeRatedMessage({ ...frame, charges });
}

function keysOf({ tenants, usageMonths }: StoredRange) {
  return { tenants, usageMonths };
}
