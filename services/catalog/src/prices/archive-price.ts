import type { Transaction } from '@farthing/adapters/postgres/transaction';
import type { CommandAnswer } from '../commands.js';
import { refusal } from '../errors.js';
import { findLatestVersion, lockCatalog } from '../versions/versions.repository.js';
import {
  deleteArchivedPrice,
  insertArchivedPrice,
  isPriceArchived,
} from './archived-prices.repository.js';
import { priceAnswer, type PriceAnswer, type PriceDocument } from './price.schema.js';

/**
 * Takes a price off sale, or back: an archived one gets no version and comes into no plan, and goes on pricing for the
 * plans that have it.
 */
export async function archivePrice(
  tx: Transaction,
  { tenant, key }: { readonly tenant: string; readonly key: string },
  archived: boolean,
): Promise<CommandAnswer<PriceAnswer & { readonly archived: boolean }>> {
  // A plan or a version that is being made is made before or after, and not beside.
  await lockCatalog(tx);
  const stored = await findLatestVersion<PriceDocument>(tx, { tenant, kind: 'price', key });
  if (!stored) throw refusal('unknown_thing');
  const changed = archived !== (await isPriceArchived(tx, { tenant, key }));
  if (archived) await insertArchivedPrice(tx, { tenant, key });
  else await deleteArchivedPrice(tx, { tenant, key });
  const body = { ...priceAnswer(stored), archived };
  return { status: 200, body, kind: 'archived_price', changed };
}
