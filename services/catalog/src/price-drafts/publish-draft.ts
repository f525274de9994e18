import type { Transaction } from '@farthing/adapters/postgres/transaction';
import type { CommandAnswer } from '../commands.js';
import { refusal } from '../errors.js';
import { addPrice } from '../prices/add-price.js';
import type { PriceAnswer } from '../prices/price.schema.js';
import { deletePriceDraft, findPriceDraft, type DraftName } from './price-drafts.repository.js';

/** The draft becomes the next version of its price, and is no draft any more. */
export async function publishDraft(
  tx: Transaction,
  name: DraftName,
): Promise<CommandAnswer<PriceAnswer>> {
  const draft = await findPriceDraft(tx, name);
  if (!draft) throw refusal('unknown_thing');
  const answer = await addPrice(tx, name.tenant, draft);
  await deletePriceDraft(tx, name);
  return answer;
}
