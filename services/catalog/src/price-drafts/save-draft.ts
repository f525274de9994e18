import type { Transaction } from '@farthing/adapters/postgres/transaction';
import type { CommandAnswer } from '../commands.js';
import type { MeterDocument } from '../meters/meter.schema.js';
import type { PriceBody } from '../prices/price.schema.js';
import { findLatestVersion } from '../versions/versions.repository.js';
import { priceDraftAnswer, type PriceDraftAnswer } from './price-draft.schema.js';
import { savePriceDraft } from './price-drafts.repository.js';

/** Keeps a price that is being thought about, in place of an earlier draft of its key. Nothing else hears of it. */
export async function saveDraft(
  tx: Transaction,
  tenant: string,
  body: PriceBody,
): Promise<CommandAnswer<PriceDraftAnswer>> {
  await savePriceDraft(tx, { tenant, key: body.key }, body);
  const answer = await presentDraft(tx, tenant, body);
  return { status: 200, body: answer, kind: 'price_draft', changed: true };
}

export async function presentDraft(
  tx: Transaction,
  tenant: string,
  draft: PriceBody,
): Promise<PriceDraftAnswer> {
  const name = { tenant, kind: 'meter', key: draft.meter } as const;
  const meter = await findLatestVersion<MeterDocument>(tx, name);
  return priceDraftAnswer(draft, meter?.document);
}
