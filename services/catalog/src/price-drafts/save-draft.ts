import type { Transaction } from '@farthing/adapters/postgres/transaction';
import type { CommandAnswer } from '../commands.js';
import type { MeterDocument } from '../meters/meter.schema.js';
import type { PriceBody } from '../prices/price.schema.js';
import { findLatestVersions } from '../versions/versions.repository.js';
import { priceDraftAnswer, type PriceDraftAnswer } from './price-draft.schema.js';
import { savePriceDraft } from './price-drafts.repository.js';

/** Keeps a price that is being thought about, in place of an earlier draft of its key. Nothing else hears of it. */
export async function saveDraft(
  tx: Transaction,
  tenant: string,
  body: PriceBody,
): Promise<CommandAnswer<PriceDraftAnswer>> {
  await savePriceDraft(tx, { tenant, key: body.key }, body);
  const [answer] = await presentDrafts(tx, tenant, [body]);
  return { status: 200, body: answer!, kind: 'price_draft', changed: true };
}

/** In their order. */
export async function presentDrafts(
  tx: Transaction,
  tenant: string,
  drafts: readonly PriceBody[],
): Promise<PriceDraftAnswer[]> {
  const keys = drafts.map(({ meter }) => meter);
  const meters = await findLatestVersions<MeterDocument>(tx, { tenant, kind: 'meter' }, keys);
  const documents = new Map(meters.map(({ key, document }) => [key, document]));
  return drafts.map((draft) => priceDraftAnswer(draft, documents.get(draft.meter)));
}
