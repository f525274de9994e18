import type { Transaction } from '@farthing/adapters/postgres/transaction';
import type { CommandAnswer } from '../commands.js';
import { deletePriceDraft, type DraftName } from './price-drafts.repository.js';

/** A draft that is not there is discarded already. */
export async function discardDraft(tx: Transaction, name: DraftName): Promise<CommandAnswer<null>> {
  const changed = await deletePriceDraft(tx, name);
  return { status: 204, body: null, kind: 'price_draft', changed };
}
